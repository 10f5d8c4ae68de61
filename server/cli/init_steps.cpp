#include "server/cli/init_steps.hpp"

namespace vanna::cli {

constexpr step steps[] = {
    {"settings", "always", true, &check_settings},
    {"system-db", "always", true, &reach_system_db},
    {"migrations", "system-db", true, &migrate_system_db},
    {"validation", "system-db", true, &validate_system_db},
    {"admin", "system-db", true, &create_admin},
    {"demo-users", "system-db", true, &create_demo_users},
    {"golden-copy", "golden-copy", true, &copy_target},
};

std::span<step const> init_steps() {
    return steps;
}

}  // namespace vanna::cli
