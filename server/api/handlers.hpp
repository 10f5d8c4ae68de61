// The handlers of the API, one file a route group; server/api/routes.cpp gives each its route and role.
#pragma once
#include "server/api/reply.hpp"

namespace vanna::api {

// health.cpp
reply get_health(context& c, http::request& r);
reply get_live(context& c, http::request& r);
reply get_ready(context& c, http::request& r);
// documents.cpp
reply get_metrics(context& c, http::request& r);
reply get_openapi(context& c, http::request& r);
reply get_docs(context& c, http::request& r);
reply get_docs_asset(context& c, http::request& r);
reply get_root(context& c, http::request& r);
// auth.cpp
awaitable<reply> register_user(context& c, http::request& r);
awaitable<reply> log_in(context& c, http::request& r);
awaitable<reply> log_out(context& c, http::request& r);
awaitable<reply> refresh_tokens(context& c, http::request& r);
awaitable<reply> change_password(context& c, http::request& r);
awaitable<reply> issue_password_reset(context& c, http::request& r);
awaitable<reply> confirm_password_reset(context& c, http::request& r);
awaitable<reply> get_me(context& c, http::request& r);
// users.cpp
awaitable<reply> list_users(context& c, http::request& r);
awaitable<reply> create_user(context& c, http::request& r);
awaitable<reply> get_user(context& c, http::request& r);
awaitable<reply> update_user(context& c, http::request& r);
awaitable<reply> deactivate_user(context& c, http::request& r);
// ask.cpp, queries.cpp
awaitable<reply> ask_question(context& c, http::request& r);
awaitable<reply> run_query(context& c, http::request& r);
awaitable<reply> cancel_query(context& c, http::request& r);
awaitable<reply> list_queries(context& c, http::request& r);
awaitable<reply> get_query(context& c, http::request& r);
awaitable<reply> export_result(context& c, http::request& r);
awaitable<reply> give_feedback(context& c, http::request& r);
// conversations.cpp
awaitable<reply> list_conversations(context& c, http::request& r);
awaitable<reply> get_conversation(context& c, http::request& r);
awaitable<reply> delete_conversation(context& c, http::request& r);
// schema.cpp
awaitable<reply> get_schema(context& c, http::request& r);
awaitable<reply> get_table(context& c, http::request& r);
awaitable<reply> get_schema_history(context& c, http::request& r);
// ontology.cpp
awaitable<reply> list_terms(context& c, http::request& r);
awaitable<reply> create_term(context& c, http::request& r);
awaitable<reply> get_term(context& c, http::request& r);
awaitable<reply> update_term(context& c, http::request& r);
awaitable<reply> delete_term(context& c, http::request& r);
// examples.cpp
awaitable<reply> list_examples(context& c, http::request& r);
awaitable<reply> propose_example(context& c, http::request& r);
awaitable<reply> get_example(context& c, http::request& r);
awaitable<reply> approve_example(context& c, http::request& r);
awaitable<reply> reject_example(context& c, http::request& r);
awaitable<reply> delete_example(context& c, http::request& r);
// pair_files.cpp
awaitable<reply> export_examples(context& c, http::request& r);
awaitable<reply> import_examples(context& c, http::request& r);
// configurations.cpp
awaitable<reply> list_configurations(context& c, http::request& r);
awaitable<reply> get_configuration(context& c, http::request& r);
awaitable<reply> put_configuration(context& c, http::request& r);
awaitable<reply> delete_configuration(context& c, http::request& r);
// audit_logs.cpp
awaitable<reply> list_audit_logs(context& c, http::request& r);
// admin_db.cpp
awaitable<reply> get_database_health(context& c, http::request& r);
awaitable<reply> get_database_stats(context& c, http::request& r);
awaitable<reply> get_golden_copy(context& c, http::request& r);
awaitable<reply> reset_golden_copy(context& c, http::request& r);
awaitable<reply> vacuum_database(context& c, http::request& r);
// backups.cpp
awaitable<reply> create_backup(context& c, http::request& r);
awaitable<reply> verify_backup(context& c, http::request& r);
awaitable<reply> restore_backup(context& c, http::request& r);
awaitable<reply> delete_backup(context& c, http::request& r);
awaitable<reply> get_backup_status(context& c, http::request& r);
awaitable<reply> list_backups(context& c, http::request& r);
awaitable<reply> explain_retention(context& c, http::request& r);
awaitable<reply> download_backup(context& c, http::request& r);
// admin_chroma.cpp
awaitable<reply> train_knowledge(context& c, http::request& r);
awaitable<reply> clear_knowledge(context& c, http::request& r);
awaitable<reply> evaluate_knowledge(context& c, http::request& r);
awaitable<reply> get_knowledge_status(context& c, http::request& r);
awaitable<reply> list_documents(context& c, http::request& r);
// jobs.cpp
awaitable<reply> list_jobs(context& c, http::request& r);
awaitable<reply> get_job(context& c, http::request& r);
awaitable<reply> get_job_events(context& c, http::request& r);
awaitable<reply> cancel_job(context& c, http::request& r);

}  // namespace vanna::api
