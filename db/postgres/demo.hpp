// The demo tables (accounting_transactions and friends) in a schema `demo`; init makes them when
// SEED_DEMO_DATA.
#pragma once
#include "db/postgres/address.hpp"

namespace vanna::postgres {

// Whether seed_demo() has been there; changes nothing.
awaitable<result<bool>> has_demo(address where, deadline limit);

// True: made now. False: they were there, and stay as they are.
awaitable<result<bool>> seed_demo(address where, deadline limit);

}  // namespace vanna::postgres
