// Conversations: questions that build on those before them. Each belongs to one user; its turns are that
// user's queries that name it. Stored in PostgreSQL (db/postgres); the API reads them before it asks.
#pragma once
#include "core/ask/ports.hpp"

namespace vanna::ask {

struct conversation {
    uuid id, user_id;
    std::string title;  // of the first question
    instant created_at{}, updated_at{};
};

// A question that was answered, and the query that did.
struct past_turn {
    uuid query_id;
    std::string question, sql;
};

class conversation_store {
  public:
    virtual ~conversation_store() = default;
    // The last answered turns, newest first. not_found: there is none of this id, or it is another's.
    virtual awaitable<result<std::vector<past_turn>>> turns(uuid id, uuid user, std::size_t most,
                                                            deadline limit) = 0;
    // Begins it, or notes that it goes on. not_found: it is another's.
    virtual awaitable<result<void>> touch(conversation of, deadline limit) = 0;
    virtual awaitable<result<page<conversation>>> list(uuid user, page_request which, deadline limit) = 0;
    virtual awaitable<result<conversation>> get(uuid id, uuid user, deadline limit) = 0;  // not_found
    // Its queries stay in the history and belong to no conversation. not_found.
    virtual awaitable<result<void>> remove(uuid id, uuid user, deadline limit) = 0;
};

// The question in one line, at most 120 characters.
std::string title_of(std::string_view question);

// Whether a conversation of this id can begin at `moment`: a UUIDv7 made within five minutes of it.
bool may_begin(uuid id, instant moment);

constexpr std::size_t most_turns = 6;
constexpr std::size_t most_turn_bytes = 32 * 1024;  // of questions and statements together

// The newest of both lists, without repetition, within those bounds: oldest first.
std::vector<past_turn> latest_turns(std::vector<past_turn> stored, std::vector<past_turn> const& recent);

}  // namespace vanna::ask
