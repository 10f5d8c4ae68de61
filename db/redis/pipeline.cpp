#include "db/redis/pipeline.hpp"

namespace vanna::redis {

bool pipeline::push(std::span<std::string_view const> arguments, waiter* who, deadline now) {
    if (slots_.size() >= limits_.requests || output_.size() >= limits_.unsent_bytes) return false;
    append_command(output_, arguments);
    slots_.push_back({who, now});
    return true;
}

result<void> pipeline::feed(std::string_view bytes) {
    reader_.feed(bytes);
    for (;;) {
        auto next = reader_.next();
        if (!next) return next.error();
        if (!*next) return {};
        if (slots_.empty())
            return error{errc::unavailable, public_text{"the cache answered nonsense"},
                         internal_text{"Redis: a reply that nobody asked for"}};
        auto const who = slots_.front().who;
        slots_.pop_front();  // first: whoever is resumed may push
        if (who) who->finish(std::move(**next));
    }
}

std::size_t pipeline::sweep(deadline now) {
    std::size_t abandoned = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (auto const who = slots_[i].who; who && who->limit <= now) {
            slots_[i].who = nullptr;
            ++abandoned;
            who->finish(error{errc::deadline_exceeded, public_text{"the cache took too long"},
                              internal_text{"Redis: no reply in time"}});
        }
    return abandoned;
}

void pipeline::fail_all(error const& why) {
    auto const lost = std::exchange(slots_, {});
    output_.clear();
    for (auto const& s : lost)
        if (s.who) s.who->finish(why);
}

std::optional<deadline> pipeline::waiting_since() const {
    if (slots_.empty()) return {};
    return slots_.front().since;
}

}  // namespace vanna::redis
