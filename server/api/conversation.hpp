// A question as part of a conversation: which one it names, what was asked in it before, and remembering what
// was answered. For the handler of questions.
#pragma once
#include "core/ask/conversations.hpp"
#include "server/api/body.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {

// "conversation_id" of the body: an id, or "new", for which one is made here.
std::optional<uuid> read_conversation_id(body_reader& body);

// Puts what the caller asked before in the conversation into the context, and begins one of a new id.
// Nothing: no conversation. not_found: it is another's, or an id that nobody has and that is not new either.
// PostgreSQL away: a note, and what was answered here a moment ago.
awaitable<result<void>> join_conversation(context& c, http::request& r, std::optional<uuid> id,
                                          ask::context& what);

void remember_turn(context& c, uuid user, std::optional<uuid> conversation, ask::past_turn answered);

}  // namespace vanna::api
