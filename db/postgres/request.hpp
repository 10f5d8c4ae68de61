// One call of pool::read or pool::write while it waits for its reply. It lives in the caller's coroutine
// frame; the pool and its channels hold pointers to it only until it is done.
#pragma once
#include <optional>

#include "core/async/awaitable.hpp"
#include "db/postgres/pipeline.hpp"
#include "db/postgres/rows.hpp"
#include "db/postgres/statement.hpp"

namespace vanna::postgres {

class channel;

struct request {
    using handler = asio::async_result<asio::use_awaitable_t<>, void()>::handler_type;

    statement const& what;
    params const& values;
    purpose kind;
    deadline limit;
    bool alone = false;        // sent between two syncs of its own
    int attempts = 0;          // how often it was sent
    channel* where = nullptr;  // in flight there, as `place`; null: waiting in the pool's queue, or done
    pipeline::ticket place = 0;
    bool done = false;
    result<rows> outcome{};
    std::optional<handler> resume;
};

}  // namespace vanna::postgres
