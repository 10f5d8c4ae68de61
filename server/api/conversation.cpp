#include "server/api/conversation.hpp"

#include "core/log.hpp"

namespace vanna::api {
namespace {

constexpr auto reading_limit = std::chrono::seconds(1);

error no_such_conversation() {
    return {
        errc::not_found,
        public_text{"there is no such conversation; to begin one give \"new\", or a UUIDv7 made just now"}};
}

// Its columns as the target has them now, which only a model is told; none where the statement no longer
// runs.
awaitable<ask::turn> as_turn(context& c, uuid user, ask::past_turn from, deadline limit) {
    ask::turn out{std::move(from.question), std::move(from.sql), {}};
    if (c.settings.get()->llm_base_url.empty()) co_return out;
    auto const columns = co_await c.target.check(out.sql, limit, user);
    if (columns)
        for (auto const& column : *columns)
            out.columns.push_back(column.name);
    co_return out;
}

}  // namespace

std::optional<uuid> read_conversation_id(body_reader& body) {
    auto const text = body.optional_text("conversation_id", 1, 36);
    if (!text) return {};
    if (*text == "new") return new_id();
    auto const id = parse_uuid(*text);
    if (!id) body.wrong("conversation_id", "expected \"new\" or a UUID such as " + to_string(new_id()));
    return id;
}

awaitable<result<void>> join_conversation(context& c, http::request& r, std::optional<uuid> id,
                                          ask::context& what) {
    if (!id) co_return result<void>{};
    auto const me = who(r).user_id;
    auto const limit = std::min(r.limit, after(reading_limit));
    auto stored = co_await c.conversations.turns(*id, me, ask::most_turns, limit);
    bool const is_unknown = !stored && stored.error().code == errc::not_found;
    if (is_unknown && !ask::may_begin(*id, now())) co_return no_such_conversation();
    if (stored || is_unknown) {
        ask::conversation const touched{.id = *id, .user_id = me, .title = ask::title_of(what.question)};
        auto const done = co_await c.conversations.touch(touched, limit);
        if (!done && done.error().code == errc::not_found) co_return no_such_conversation();
        if (!done) log::debug("a conversation is not noted yet", {{"error", done.error().message}});
    } else {
        what.notes.push_back(
            "the earlier questions of this conversation cannot be read at the moment: answered without those "
            "that this server has not answered itself just now");
    }
    auto turns = ask::latest_turns(stored ? std::move(*stored) : std::vector<ask::past_turn>{},
                                   c.recent_turns.of(*id, me));
    for (auto& turn : turns)
        what.earlier.push_back(co_await as_turn(c, me, std::move(turn), limit));
    co_return result<void>{};
}

void remember_turn(context& c, uuid user, std::optional<uuid> conversation, ask::past_turn answered) {
    if (conversation) c.recent_turns.add(*conversation, user, std::move(answered));
}

}  // namespace vanna::api
