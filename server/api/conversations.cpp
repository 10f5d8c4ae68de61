#include "server/api/conversation.hpp"
#include "server/api/handlers.hpp"
#include "server/api/views.hpp"

namespace vanna::api {

awaitable<reply> list_conversations(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const found = co_await c.conversations.list(who(r).user_id, *which, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

awaitable<reply> get_conversation(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const me = who(r).user_id;
    auto const found = co_await c.conversations.get(*id, me, r.limit);
    if (!found) co_return found.error();
    auto const turns = co_await c.history.list({.user_id = me, .conversation_id = *id}, *which, r.limit);
    if (!turns) co_return turns.error();
    auto out = view(*found);
    auto page = view(*turns);
    out["turns"] = std::move(page["items"]);
    out["next_cursor"] = std::move(page["next_cursor"]);
    co_return json_reply(200, out);
}

awaitable<reply> delete_conversation(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    auto const gone = co_await c.conversations.remove(*id, who(r).user_id, r.limit);
    if (!gone) co_return gone.error();
    c.recent_turns.forget(*id, who(r).user_id);
    note(c, entry_of(r, "conversations.delete", "conversations/" + to_string(*id), "success"));
    co_return http::no_content();
}

}  // namespace vanna::api
