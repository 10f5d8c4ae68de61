#include "db/redis/result_cache.hpp"

namespace vanna::redis {
namespace {

std::string named(std::string const& key) {
    return "vanna:result:" + key;
}

class cache final : public query::result_cache {
  public:
    cache(client& on, std::size_t most_bytes, std::chrono::milliseconds patience)
        : client_(on), most_bytes_(most_bytes), patience_(patience) {}

    awaitable<std::optional<std::string>> get(std::string key) override {
        auto const name = named(key);
        std::string_view const command[] = {"GET", name};
        auto found = co_await client_.call(command, after(patience_));
        if (!found || found->type != reply::kind::string) co_return std::nullopt;
        co_return std::move(found->text);
    }

    void put(std::string key, std::string value, std::chrono::seconds ttl) override {
        if (value.size() > most_bytes_ || ttl.count() <= 0) return;
        auto const name = named(key), seconds = std::to_string(ttl.count());
        std::string_view const command[] = {"SET", name, value, "EX", seconds};
        client_.send(command);
    }

  private:
    client& client_;
    std::size_t most_bytes_;
    std::chrono::milliseconds patience_;
};

}  // namespace

std::unique_ptr<query::result_cache> create_result_cache(client& on, std::size_t most_bytes,
                                                         std::chrono::milliseconds patience) {
    return std::make_unique<cache>(on, most_bytes, patience);
}

}  // namespace vanna::redis
