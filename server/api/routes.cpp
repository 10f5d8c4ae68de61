#include "server/api/routes.hpp"

#include "server/api/handlers.hpp"

namespace vanna::api {
namespace {

using http::access;
using http::to;
using enum http::method;

constexpr http::route table[] = {
    {get, "/", to<&get_root>, access::open},
    {get, "/health", to<&get_health>, access::known, http::quiet},
    {get, "/health/live", to<&get_live>, access::open, http::quiet},
    {get, "/health/ready", to<&get_ready>, access::open, http::quiet},
    {get, "/metrics", to<&get_metrics>, access::open, http::quiet},
    {get, "/docs", to<&get_docs>, access::open},
    {get, "/docs/{file}", to<&get_docs_asset>, access::open},
    {get, "/openapi.json", to<&get_openapi>, access::open},

    {post, "/api/v1/auth/register", to<&register_user>, access::open, http::small_body},
    {post, "/api/v1/auth/login", to<&log_in>, access::open, http::small_body},
    {post, "/api/v1/auth/logout", to<&log_out>, access::viewer},
    {post, "/api/v1/auth/refresh", to<&refresh_tokens>, access::open, http::small_body},
    {post, "/api/v1/auth/password", to<&change_password>, access::viewer},
    {post, "/api/v1/auth/password-reset", to<&issue_password_reset>, access::admin},
    {post, "/api/v1/auth/password-reset/confirm", to<&confirm_password_reset>, access::open,
     http::small_body},
    {get, "/api/v1/auth/me", to<&get_me>, access::viewer},

    {get, "/api/v1/users", to<&list_users>, access::admin},
    {post, "/api/v1/users", to<&create_user>, access::admin},
    {get, "/api/v1/users/{id}", to<&get_user>, access::admin},
    {patch, "/api/v1/users/{id}", to<&update_user>, access::admin},
    {del, "/api/v1/users/{id}", to<&deactivate_user>, access::admin},

    {post, "/api/v1/queries/ask", to<&ask_question>, access::viewer, http::during_maintenance},
    {post, "/api/v1/queries/run", to<&run_query>, access::analyst, http::during_maintenance},
    {get, "/api/v1/queries", to<&list_queries>, access::viewer},
    {get, "/api/v1/queries/{id}", to<&get_query>, access::viewer},
    {get, "/api/v1/queries/{id}/result", to<&export_result>, access::analyst},
    {post, "/api/v1/queries/{id}/cancel", to<&cancel_query>, access::viewer, http::during_maintenance},
    {post, "/api/v1/queries/{id}/feedback", to<&give_feedback>, access::viewer},

    {get, "/api/v1/conversations", to<&list_conversations>, access::viewer},
    {get, "/api/v1/conversations/{id}", to<&get_conversation>, access::viewer},
    {del, "/api/v1/conversations/{id}", to<&delete_conversation>, access::viewer},

    {get, "/api/v1/schema", to<&get_schema>, access::analyst},
    {get, "/api/v1/schema/history", to<&get_schema_history>, access::analyst},
    {get, "/api/v1/schema/{table}", to<&get_table>, access::analyst},

    {get, "/api/v1/ontology", to<&list_terms>, access::viewer},
    {post, "/api/v1/ontology", to<&create_term>, access::analyst},
    {get, "/api/v1/ontology/{id}", to<&get_term>, access::viewer},
    {patch, "/api/v1/ontology/{id}", to<&update_term>, access::analyst},
    {del, "/api/v1/ontology/{id}", to<&delete_term>, access::analyst},

    {get, "/api/v1/knowledge/examples", to<&list_examples>, access::analyst},
    {post, "/api/v1/knowledge/examples", to<&propose_example>, access::analyst},
    {get, "/api/v1/knowledge/examples/export", to<&export_examples>, access::analyst},
    {post, "/api/v1/knowledge/examples/import", to<&import_examples>, access::analyst},
    {get, "/api/v1/knowledge/examples/{id}", to<&get_example>, access::analyst},
    {post, "/api/v1/knowledge/examples/{id}/approve", to<&approve_example>, access::analyst},
    {post, "/api/v1/knowledge/examples/{id}/reject", to<&reject_example>, access::analyst},
    {del, "/api/v1/knowledge/examples/{id}", to<&delete_example>, access::analyst},

    {get, "/api/v1/admin/configurations", to<&list_configurations>, access::admin},
    {get, "/api/v1/admin/configurations/{key}", to<&get_configuration>, access::admin},
    {put, "/api/v1/admin/configurations/{key}", to<&put_configuration>, access::admin},
    {del, "/api/v1/admin/configurations/{key}", to<&delete_configuration>, access::admin},
    {get, "/api/v1/admin/audit-logs", to<&list_audit_logs>, access::admin},

    {get, "/api/v1/admin/db/health", to<&get_database_health>, access::admin},
    {get, "/api/v1/admin/db/stats", to<&get_database_stats>, access::admin},
    {post, "/api/v1/admin/db/vacuum", to<&vacuum_database>, access::admin},
    {get, "/api/v1/admin/db/vacuum/status/{id}", to<&get_job>, access::admin},
    {get, "/api/v1/admin/db/golden-copy", to<&get_golden_copy>, access::admin},
    {post, "/api/v1/admin/db/golden-copy/reset", to<&reset_golden_copy>, access::admin},
    {get, "/api/v1/admin/db/golden-copy/status/{id}", to<&get_job>, access::admin},
    {post, "/api/v1/admin/db/backup", to<&create_backup>, access::admin},
    {get, "/api/v1/admin/db/backup/status", to<&get_backup_status>, access::admin},
    {get, "/api/v1/admin/db/backup/status/{id}", to<&get_job>, access::admin},
    {get, "/api/v1/admin/db/backup/list", to<&list_backups>, access::admin},
    {get, "/api/v1/admin/db/backup/retention", to<&explain_retention>, access::admin},
    {get, "/api/v1/admin/db/backup/{id}", to<&download_backup>, access::admin},
    {del, "/api/v1/admin/db/backup/{id}", to<&delete_backup>, access::admin},
    {post, "/api/v1/admin/db/backup/verify/{id}", to<&verify_backup>, access::admin},
    {post, "/api/v1/admin/db/backup/restore/{id}", to<&restore_backup>, access::admin},
    {get, "/api/v1/admin/db/backup/restore/status/{id}", to<&get_job>, access::admin},
    {post, "/api/v1/admin/db/restore/{id}", to<&restore_backup>, access::admin},
    {get, "/api/v1/admin/db/restore/status/{id}", to<&get_job>, access::admin},
    {get, "/api/v1/admin/db/verify/status/{id}", to<&get_job>, access::admin},
    {post, "/api/v1/admin/db/chroma/train", to<&train_knowledge>, access::admin},
    {post, "/api/v1/admin/db/chroma/evaluate", to<&evaluate_knowledge>, access::admin},
    {del, "/api/v1/admin/db/chroma/clear", to<&clear_knowledge>, access::admin},
    {get, "/api/v1/admin/db/chroma/knowledge-base", to<&list_documents>, access::admin},
    {get, "/api/v1/admin/db/chroma/status", to<&get_knowledge_status>, access::admin},
    {get, "/api/v1/admin/db/chroma/status/{id}", to<&get_job>, access::admin},
    {get, "/api/v1/admin/db/jobs", to<&list_jobs>, access::admin},
    {get, "/api/v1/admin/db/jobs/{id}", to<&get_job>, access::admin},
    {get, "/api/v1/admin/db/jobs/{id}/events", to<&get_job_events>, access::admin},
    {post, "/api/v1/admin/db/jobs/{id}/cancel", to<&cancel_job>, access::admin, http::during_maintenance},
};

}  // namespace

std::span<http::route const> routes() {
    return table;
}

}  // namespace vanna::api
