#include "server/cli/init_steps.hpp"

namespace vanna::cli {

constexpr step steps[] = {
    {"settings", "always", true, &check_settings},
    {"system-db", "always", true, &reach_system_db},
    {"adoption", "adopt", true, &adopt_older_tables},
    {"migrations", "system-db", true, &migrate_system_db},
    {"validation", "always", true, &validate_system_db},
    {"ontology", "system-db", true, &load_ontology, true},
    {"admin", "system-db", true, &create_admin, true},
    {"demo-users", "system-db", true, &create_demo_users, true},
    {"demo-data", "system-db", true, &seed_demo_tables, true},
    {"golden-copy", "golden-copy", true, &copy_target, true},
    {"redis", "always", false, &reach_redis},
    {"chroma", "training", false, &reach_chroma},
    {"training", "training", false, &train_knowledge, true},
};

std::span<step const> init_steps() {
    return steps;
}

}  // namespace vanna::cli
