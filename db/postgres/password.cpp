#include "db/postgres/password.hpp"

#include <libpq-fe.h>

#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

result<std::string> password_verifier(session& on, std::string const& password, std::string const& role) {
    std::unique_ptr<char, decltype(&PQfreemem)> const made(
        PQencryptPasswordConn(on.link().get(), password.c_str(), role.c_str(), "scram-sha-256"), &PQfreemem);
    if (!made) return unavailable(message_of(on.link().get()));
    return std::string(made.get());
}

}  // namespace vanna::postgres
