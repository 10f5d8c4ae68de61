// How the stores write revocations: as a part of the statement that makes one necessary.
#pragma once
#include "db/postgres/statement.hpp"

namespace vanna::postgres {

// Revocations outlive the longest token ever issued, also one from before JWT_TTL_SECONDS was lowered (its
// maximum is a day).
inline instant revocation_end(std::chrono::seconds token_life) {
    return now() + std::max<std::chrono::seconds>(token_life, std::chrono::hours(24)) +
           std::chrono::minutes(10);
}

}  // namespace vanna::postgres
