#include "config/checks.hpp"

#include <functional>

#include "config/cron.hpp"

namespace vanna::config {
namespace {

using complain = std::function<void(std::string name, std::string message)>;

void check_production(settings const& v, std::set<std::string_view> const& stated, complain const& bad) {
    if (v.jwt_secret == find("JWT_SECRET")->default_value)
        bad("JWT_SECRET",
            "is the published development value, which production refuses; e.g. JWT_SECRET=$(openssl "
            "rand -base64 48)");
    if (v.init_admin_password == find("INIT_ADMIN_PASSWORD")->default_value)
        bad("INIT_ADMIN_PASSWORD", "is the published default, which production refuses; choose another");
    if (v.seed_demo_data && stated.contains("SEED_DEMO_DATA"))
        bad("SEED_DEMO_DATA", "is true, which production refuses; add the line SEED_DEMO_DATA=false");
    for (auto [name, line] : {std::pair{"SEED_DEMO_DATA", "SEED_DEMO_DATA=false"},
                              {"ENABLE_TARGET_DB", "ENABLE_TARGET_DB=true (or false)"},
                              {"AUTO_TRAIN_CHROMA", "AUTO_TRAIN_CHROMA=true (or false)"},
                              {"BACKUP_SIGNING_KEY",
                               "BACKUP_SIGNING_KEY=$(openssl rand -base64 48), and keep it elsewhere too: "
                               "another machine restores without --trust only what it signed"}})
        if (!stated.contains(name))
            bad(name, std::string("must be stated in production; add the line ") + line);
}

void check_addresses(settings const& v, complain const& bad) {
    if (!v.target_database_url.empty() && !v.target_database_url.starts_with("sqlite:///") &&
        !v.target_database_url.starts_with("postgresql://") &&
        !v.target_database_url.starts_with("postgres://"))
        bad("TARGET_DATABASE_URL", "must begin with sqlite:/// or postgresql://");
    if (!v.database_url.empty() && !v.database_url.starts_with("postgresql://") &&
        !v.database_url.starts_with("postgres://"))
        bad("DATABASE_URL", "must begin with postgresql://");
}

}  // namespace

void check_together(settings const& v, std::set<std::string_view> const& stated,
                    std::vector<problem>& problems) {
    complain const bad = [&](std::string name, std::string message) {
        problems.push_back({std::move(name), std::move(message)});
    };
    if (v.app_env == "production") check_production(v, stated, bad);
    if (v.tls_cert_file.empty() != v.tls_key_file.empty())
        bad(v.tls_cert_file.empty() ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
            "is empty but its partner is set; TLS needs both");
    if (v.backup_encrypt && v.encryption_key.empty())
        bad("ENCRYPTION_KEY", "is empty but BACKUP_ENCRYPT=true needs it");
    if (v.embedding_provider == "http" && v.embedding_url.empty())
        bad("EMBEDDING_URL", "is empty but EMBEDDING_PROVIDER=http needs it, e.g. http://localhost:11434");
    if (v.embedding_provider == "http" && v.embedding_model.empty())
        bad("EMBEDDING_MODEL", "is empty but EMBEDDING_PROVIDER=http needs a model's name");
    if (!v.llm_base_url.empty() && v.llm_model.empty())
        bad("LLM_MODEL", "is empty but LLM_BASE_URL needs a model name");
    if (!v.jwt_previous_secret.empty() && v.jwt_previous_secret.size() < 32)
        bad("JWT_PREVIOUS_SECRET", "is shorter than 32 bytes");
    for (auto const& [name, schedule] :
         {std::pair{"BACKUP_SCHEDULE", &v.backup_schedule}, {"TRAIN_SCHEDULE", &v.train_schedule}})
        if (auto why = cron_problem(*schedule); !schedule->empty() && why)
            bad(name, "is \"" + *schedule + "\": " + *why + "; expected five-field cron such as 30 2 * * *");
    check_addresses(v, bad);
}

}  // namespace vanna::config
