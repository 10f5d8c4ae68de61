#include "db/postgres/pipeline.hpp"

#include <utility>

namespace vanna::postgres {

pipeline::ticket pipeline::sent(purpose kind, request* whose, std::uint64_t now) {
    queue_.push_back({whose, now, kind, false, false});
    if (kind != purpose::prepare) ++requests_;
    ++commands_since_sync_;
    return first_ + queue_.size() - 1;
}

void pipeline::sync_sent(std::uint64_t now) {
    queue_.push_back({nullptr, now, purpose::read, true, false});
    commands_since_sync_ = 0;
}

pipeline::step pipeline::received(reply what) {
    using enum step::what;
    if (queue_.empty()) return {confused};
    auto& due = queue_.front();
    step out{nothing, nullptr, due.kind, first_};
    switch (what) {
        case reply::sync:
        case reply::end_of_command: {
            bool const expected = what == reply::sync ? due.is_sync : !due.is_sync && due.answered;
            if (!expected) return {confused};
            if (!due.is_sync && due.kind != purpose::prepare) --requests_;
            queue_.pop_front();
            ++first_;
            return out;
        }
        case reply::aborted:
        case reply::result: {
            if (due.is_sync || due.answered) return {confused};
            due.answered = true;
            out.whose = std::exchange(due.whose, nullptr);
            bool const repeat = what == reply::aborted && due.kind == purpose::read;
            out.action = !out.whose && due.kind != purpose::prepare ? drop : repeat ? again : deliver;
            return out;
        }
    }
    return {confused};
}

void pipeline::abandon(ticket place) {
    if (place < first_ || place - first_ >= queue_.size()) return;
    queue_[place - first_].whose = nullptr;
}

void pipeline::clear() {
    first_ += queue_.size();
    queue_.clear();
    requests_ = commands_since_sync_ = 0;
}

}  // namespace vanna::postgres
