// Every metric of the engine: its name, what it means and its kind. /metrics serves nothing that is not
// declared here; dashboards and alerts in containers/ are written against these names.
#pragma once
#include "core/metrics.hpp"

namespace vanna::metrics {

inline constexpr auto counting = kind::counter;
inline constexpr auto level = kind::gauge;
inline constexpr auto timing = kind::histogram;

// Requests. route: the template, "unmatched" for what matched none.
inline constexpr family http_requests{"vanna_http_requests_total",
                                      "Requests answered, by route template, method and status.", counting};
inline constexpr family http_request_duration{
    "vanna_http_request_duration_seconds",
    "From a request's first byte to the end of its reply, by route template and method.", timing};
inline constexpr family http_requests_in_flight{"vanna_http_requests_in_flight", "Handlers running now.",
                                                level};
inline constexpr family http_connections{"vanna_http_connections", "Client connections open now.", level};
inline constexpr family http_connections_accepted{"vanna_http_connections_accepted_total",
                                                  "Client connections taken.", counting};
inline constexpr family http_connections_refused{"vanna_http_connections_refused_total",
                                                 "Client connections answered 503 over MAX_CONNECTIONS.",
                                                 counting};
inline constexpr family http_connections_cut{
    "vanna_http_connections_cut_total",
    "Client connections ended by the server; reason: timeout, slow_reader.", counting};
inline constexpr family http_received{"vanna_http_received_bytes_total", "Bytes of requests read.", counting};
inline constexpr family http_sent{"vanna_http_sent_bytes_total", "Bytes of replies written.", counting};
inline constexpr family http_exceptions{"vanna_http_handler_exceptions_total", "Handlers that threw: bugs.",
                                        counting};

// The process.
inline constexpr family event_loop_lag{
    "vanna_event_loop_lag_seconds",
    "The longest a due timer waited for its worker within the last 5 to 10 seconds.", level};
inline constexpr family build_info{"vanna_build_info", "Always 1; the version is a label.", level};
inline constexpr family pool_threads{"vanna_pool_threads", "Threads of a blocking pool.", level};
inline constexpr family pool_running{"vanna_pool_running", "Functions a blocking pool runs now.", level};
inline constexpr family pool_queued{"vanna_pool_queued", "Functions that wait in a blocking pool's queue.",
                                    level};
inline constexpr family pool_started{"vanna_pool_started_total", "Functions a blocking pool has started.",
                                     counting};
inline constexpr family pool_rejected{
    "vanna_pool_rejected_total", "Functions a blocking pool turned away, its queue being full.", counting};
inline constexpr family pool_waited{"vanna_pool_wait_seconds_total",
                                    "Time functions have spent in a blocking pool's queue.", counting};
inline constexpr family process_cpu{"process_cpu_seconds_total", "User and system CPU time.", counting};
inline constexpr family process_memory{"process_resident_memory_bytes", "Resident memory.", level};
inline constexpr family process_virtual_memory{"process_virtual_memory_bytes", "Virtual memory.", level};
inline constexpr family process_open_fds{"process_open_fds", "Open file descriptors.", level};
inline constexpr family process_max_fds{"process_max_fds", "The limit of open file descriptors.", level};
inline constexpr family process_threads{"process_threads", "Threads.", level};
inline constexpr family process_start{"process_start_time_seconds", "Start of the process, Unix time.",
                                      level};

// The stores; store: database, redis, chroma.
inline constexpr family store_up{"vanna_store_up", "1 when the last probe of the store succeeded.", level};
inline constexpr family store_latency{"vanna_store_latency_seconds", "How long the last probe took.", level};
inline constexpr family store_connections{"vanna_store_connections", "Open connections to the store.", level};
inline constexpr family store_in_flight{"vanna_store_requests_in_flight",
                                        "Requests sent whose reply is not here yet.", level};
inline constexpr family store_waiting{"vanna_store_requests_waiting", "Requests that wait for a connection.",
                                      level};
inline constexpr family store_requests{"vanna_store_requests_total", "Requests to the store.", counting};
inline constexpr family store_waits{"vanna_store_waits_total", "Requests that had to wait for a connection.",
                                    counting};
inline constexpr family store_errors{"vanna_store_errors_total", "Requests to the store that failed.",
                                     counting};
inline constexpr family store_deadlines{"vanna_store_deadlines_missed_total",
                                        "Requests to the store that were given up.", counting};
inline constexpr family store_lost{"vanna_store_connections_lost_total",
                                   "Connections to the store that broke.", counting};

// Queries; outcome: success, refused, error, timeout, cancelled.
inline constexpr family queries{"vanna_queries_total", "Queries run, by outcome.", counting};
inline constexpr family query_duration{"vanna_query_duration_seconds", "Run time of queries.", timing};
inline constexpr family query_rows{"vanna_query_rows_total", "Rows answered.", counting};
inline constexpr family query_truncated{"vanna_query_truncated_total", "Answers that a cap has cut.",
                                        counting};
inline constexpr family cache_lookups{"vanna_result_cache_lookups_total",
                                      "Look-ups in the result cache; outcome: hit, miss.", counting};
inline constexpr family queries_joined{"vanna_queries_joined_total",
                                       "Queries answered by an identical one already running.", counting};
inline constexpr family questions{
    "vanna_questions_total",
    "Questions, by generator (none: it came to no statement) and outcome: answered, declined, failed.",
    counting};

inline constexpr family model_calls{
    "vanna_model_calls_total",
    "Calls of the model; outcome: answered, declined, unusable, failed, timeout, cancelled.", counting};
inline constexpr family model_duration{"vanna_model_call_duration_seconds",
                                       "Calls of the model, second tries included.", timing};
inline constexpr family model_breaker{"vanna_model_breaker_open",
                                      "1 while the model is not asked after failures.", level};

// Sessions, jobs, administration.
inline constexpr family logins{"vanna_logins_total", "Log-ins; outcome: success, failed, limited.", counting};
inline constexpr family refreshes{"vanna_token_refreshes_total", "Refresh tokens rotated.", counting};
inline constexpr family denied{"vanna_tokens_denied_total", "Access tokens turned away.", counting};
inline constexpr family jobs_running{"vanna_jobs_running", "Jobs running here, by type.", level};
inline constexpr family jobs{"vanna_jobs_total", "Jobs ended here, by type and state.", counting};
inline constexpr family job_duration{"vanna_job_duration_seconds", "Run time of jobs, by type.", timing};
inline constexpr family maintenance{"vanna_maintenance", "1 while writers are kept away, as a restore does.",
                                    level};
inline constexpr family admin_operations{"vanna_admin_operations_total",
                                         "Admin calls, by action and outcome.", counting};
inline constexpr family backups{"vanna_backups", "Backup sets in BACKUP_DIR.", level};
inline constexpr family backup_time{"vanna_backup_last_success_timestamp_seconds",
                                    "When the newest backup was taken, Unix time.", level};
inline constexpr family backup_size{"vanna_backup_last_size_bytes", "Size of the newest backup.", level};
inline constexpr family backup_verified{"vanna_backup_last_verified_timestamp_seconds",
                                        "When a backup was last found whole, Unix time.", level};
inline constexpr family backup_drilled{
    "vanna_backup_last_restore_verified_timestamp_seconds",
    "When a backup was last restored, into scratch stores or in earnest, Unix time.", level};
inline constexpr family evaluation_accuracy{
    "vanna_evaluation_execution_accuracy_ratio",
    "Of the verified pairs judged by the last evaluation, the share whose question was answered with the "
    "pair's rows without the pair.",
    level};
inline constexpr family evaluation_pairs{"vanna_evaluation_pairs",
                                         "Pairs of the last evaluation; outcome: same_rows, different_rows, "
                                         "declined, failed, not_judged.",
                                         level};
inline constexpr family evaluation_time{"vanna_evaluation_last_success_timestamp_seconds",
                                        "When the last evaluation ended, Unix time.", level};
inline constexpr family golden_copy_refresh{"vanna_golden_copy_refresh_seconds",
                                            "How long the last golden copy took.", level};
inline constexpr family golden_copy_time{"vanna_golden_copy_timestamp_seconds",
                                         "When the copy in use was made, Unix time.", level};
inline constexpr family golden_copy_info{
    "vanna_golden_copy_info",
    "Always 1; the copy's state and the first twelve digits of its hash are labels.", level};
inline constexpr family golden_copy_size{"vanna_golden_copy_bytes", "Size of the copy in use.", level};
inline constexpr family spool_depth{"vanna_spool_records", "Records that wait for the System DB.", level};
inline constexpr family spool_bytes{"vanna_spool_bytes", "Their size.", level};
inline constexpr family spool_age{"vanna_spool_oldest_age_seconds",
                                  "How long the oldest of them waits; 0: none does.", level};

}  // namespace vanna::metrics
