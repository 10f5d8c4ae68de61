// What a PostgreSQL target's refusals mean to a client. Unlike the System DB's, its messages are shown: they
// are about the client's own statement.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

struct pg_result;
struct pg_conn;

namespace vanna::pg_target {

// query_invalid with the server's message and position (from 0, in the text as it was sent), query_refused
// for a write or a missing right, query_too_large for its limits, deadline_exceeded, unavailable.
error statement_error(pg_result const* failed);
error statement_error(std::string_view sqlstate, std::string message, std::string_view hint);

// The server cannot be reached, or the connection broke; the reason is for the log.
error unreachable(std::string reason);
error unreachable(pg_conn const* connection);

}  // namespace vanna::pg_target
