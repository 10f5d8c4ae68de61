// PostgreSQL's error codes (SQLSTATE, appendix A of its manual) as the engine's errors. Nothing above
// db/postgres sees a SQLSTATE.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

struct pg_result;
struct pg_conn;

namespace vanna::postgres {

enum class failure_kind {
    statement,    // this statement alone failed
    connection,   // the server is ending the connection, or refuses it: all in flight is lost
    not_prepared  // the connection does not know the prepared statement
};
failure_kind kind_of(std::string_view sqlstate);

// `context` (the statement's name) and `message` go to the log only.
error translate(std::string_view sqlstate, std::string_view message, std::string_view context);
error translate(pg_result const* failed, std::string_view context);

// "PostgreSQL is away", with the reason for the log.
error unavailable(std::string reason);
// The time given ran out before the reply came.
error timed_out(std::string_view context);
// The connection's last error message, one line, without the trailing newline.
std::string message_of(pg_conn const* connection);
std::string_view sqlstate_of(pg_result const* failed);

}  // namespace vanna::postgres
