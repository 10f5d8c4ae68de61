#include "server/cli/init_steps.hpp"

namespace vanna::cli {

constexpr step steps[] = {
    {"settings", "always", true, &check_settings},
    {"system-db", "always", true, &reach_system_db},
    {"migrations", "system-db", true, &migrate_system_db},
    {"validation", "system-db", true, &validate_system_db},
    {"ontology", "system-db", true, &load_ontology},
    {"admin", "system-db", true, &create_admin},
    {"demo-users", "system-db", true, &create_demo_users},
    {"demo-data", "system-db", true, &seed_demo_tables},
    {"golden-copy", "golden-copy", true, &copy_target},
    {"redis", "always", false, &reach_redis},
    {"chroma", "training", false, &reach_chroma},
    {"training", "training", false, &train_knowledge},
};

std::span<step const> init_steps() {
    return steps;
}

}  // namespace vanna::cli
