#include "db/redis/rate_limits.hpp"

namespace vanna::redis {
namespace {

// KEYS: the counters. ARGV: the window in ms, then a limit for each. Answers {ms to wait, what remains}.
constexpr std::string_view take_script = R"(
local wait, left = 0, nil
for i, key in ipairs(KEYS) do
  local limit, used = tonumber(ARGV[i + 1]), tonumber(redis.call('GET', key) or '0')
  if used >= limit then
    wait = math.max(wait, 1, redis.call('PTTL', key))
  else
    left = math.min(left or limit, limit - used - 1)
  end
end
if wait > 0 then return {wait, 0} end
for _, key in ipairs(KEYS) do
  redis.call('INCR', key)
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return {0, left or 0})";

constexpr std::string_view give_back_script = R"(
for _, key in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', key) or '0')
  if used > 1 then redis.call('DECR', key) elseif used == 1 then redis.call('DEL', key) end
end
return 0)";

std::string named(std::string const& key) {
    return "vanna:rate:" + key;
}

class counters final : public auth::rate_limits {
  public:
    counters(client& on, auth::local_rate_counters& fallback, std::chrono::milliseconds patience)
        : client_(on), fallback_(fallback), patience_(patience) {}

    awaitable<auth::rate_verdict> take(std::vector<auth::rate_rule> rules,
                                       std::chrono::seconds window) override {
        std::vector<std::string> words;
        for (auto const& rule : rules)
            words.push_back(named(rule.key));
        words.push_back(std::to_string(std::chrono::milliseconds(window).count()));
        for (auto const& rule : rules)
            words.push_back(std::to_string(rule.limit));
        auto const count = std::to_string(rules.size());
        auto const command = script(take_script, count, words);
        auto answer = co_await client_.call(command, after(patience_));
        if (!answer || answer->type != reply::kind::array || answer->items.size() != 2 ||
            answer->items[0].type != reply::kind::integer)
            co_return fallback_.take(rules, window);
        std::chrono::milliseconds const wait(answer->items[0].integer);
        co_return auth::rate_verdict{.allowed = wait.count() == 0,
                                     .remaining = std::uint64_t(answer->items[1].integer),
                                     .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)};
    }

    void give_back(std::vector<std::string> keys) override {
        // Wherever they were taken: the other place does not know them.
        fallback_.give_back(keys);
        auto const count = std::to_string(keys.size());
        for (auto& key : keys)
            key = named(key);
        client_.send(script(give_back_script, count, keys));
    }

  private:
    static std::vector<std::string_view> script(std::string_view text, std::string_view keys,
                                                std::vector<std::string> const& words) {
        std::vector<std::string_view> out{"EVAL", text, keys};
        out.insert(out.end(), words.begin(), words.end());
        return out;
    }

    client& client_;
    auth::local_rate_counters& fallback_;
    std::chrono::milliseconds patience_;
};

}  // namespace

std::unique_ptr<auth::rate_limits> create_rate_limits(client& on, auth::local_rate_counters& fallback,
                                                      std::chrono::milliseconds patience) {
    return std::make_unique<counters>(on, fallback, patience);
}

}  // namespace vanna::redis
