#include "core/auth/principal.hpp"

namespace vanna::auth {

std::string_view to_string(role r) {
    switch (r) {
        case role::viewer:
            return "viewer";
        case role::analyst:
            return "analyst";
        case role::admin:
            return "admin";
    }
    return "viewer";
}

std::optional<role> parse_role(std::string_view text) {
    if (text == "viewer") return role::viewer;
    if (text == "analyst") return role::analyst;
    if (text == "admin") return role::admin;
    return {};
}

}  // namespace vanna::auth
