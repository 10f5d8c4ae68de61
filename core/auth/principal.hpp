// Who is asking: roles, the user row, and the principal that middleware makes of a verified token for one
// request.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/ids.hpp"

namespace vanna::auth {

enum class role { viewer, analyst, admin };  // in rising order of what they may

std::string_view to_string(role r);
std::optional<role> parse_role(std::string_view text);
inline bool at_least(role has, role wanted) {
    return has >= wanted;
}

struct user {
    uuid id;
    std::string email;  // stored as given, unique and compared case-insensitively
    std::string password_hash;
    std::string full_name;
    auth::role role = role::viewer;
    bool is_active = true;
    std::int64_t session_epoch = 0;
    std::optional<instant> last_login, last_query_at;
    instant created_at{}, updated_at{};
};

struct principal {
    uuid user_id;
    std::string email;
    auth::role role = role::viewer;
    uuid token_id;   // the access token's jti; nil on the command line
    uuid family_id;  // the refresh family it belongs to: what log-out revokes
    std::int64_t epoch = 0;
};

}  // namespace vanna::auth
