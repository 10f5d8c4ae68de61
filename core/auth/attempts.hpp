// Which counters an attempt at somebody's credentials takes from: 10 per account and address, 100 per
// address, in 15 minutes. Used by core/auth/sessions only.
#pragma once
#include "core/auth/rate_limit.hpp"

namespace vanna::auth {

inline constexpr std::chrono::minutes attempt_window{15};
inline constexpr std::uint64_t per_account_and_address = 10, per_address = 100;

// `account`: the user's id, or what was typed when there is no such account.
std::vector<rate_rule> login_rules(std::string_view account, std::string_view ip);
// For what has no account yet: registrations ("register"), resets ("reset").
std::vector<rate_rule> address_rules(std::string_view purpose, std::string_view ip);

// What counts as one address: an IPv4 address (also when written as IPv6), an IPv6 network of 64 bits, since
// that is what one customer gets. Anything else as it is, shortened.
std::string address_group(std::string_view ip);

}  // namespace vanna::auth
