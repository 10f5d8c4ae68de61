// What an e-mail address and a new password must look like. Called wherever an account is made or its
// password set: registration, password change and reset, user administration, the command line.
#pragma once
#include "core/error.hpp"

namespace vanna::auth {

inline constexpr std::size_t least_password_characters = 12, most_password_bytes = 72;

// invalid_input naming the field. `field` is what the caller's request calls it.
result<void> check_password(std::string_view password, std::string field = "password");
result<void> check_email(std::string_view email, std::string field = "email");

// ASCII lower case, the form in which addresses are compared and counted.
std::string lower_email(std::string_view email);

}  // namespace vanna::auth
