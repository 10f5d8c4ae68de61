// The login role through which questions are answered from the schema `demo`: it may read that and nothing
// else of the System DB. Its name comes from the database's, its password from the engine's secret, so every
// replica knows both without being told.
#pragma once
#include "db/postgres/address.hpp"

namespace vanna::postgres {

// `where` as that role.
address demo_address(address const& where, std::string const& secret);

// False: it could log in and stays as it is. True: made, or put right, now. conflict of type "role-rights":
// the engine's own role may not make it; the message says what allows it.
awaitable<result<bool>> ensure_demo_role(address where, std::string secret, deadline limit);

}  // namespace vanna::postgres
