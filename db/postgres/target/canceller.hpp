// Asks the server to end what a connection is running. libpq can do that only by waiting for the server
// without limit, so a thread of its own waits, and whoever asked goes on after a while.
#pragma once
#include <chrono>

struct pg_conn;

namespace vanna::pg_target {

// False: the request may still be on its way, and would hit whatever the connection runs by then; so nothing
// may run on it any more.
bool cancel_within(pg_conn* connection, std::chrono::milliseconds limit);

}  // namespace vanna::pg_target
