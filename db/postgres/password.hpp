// What the server stores of a login role's password.
#pragma once
#include "db/postgres/session.hpp"

namespace vanna::postgres {

// SCRAM-SHA-256, made here, so that the password itself is in none of the server's logs.
result<std::string> password_verifier(session& on, std::string const& password, std::string const& role);

}  // namespace vanna::postgres
