// The table jobs.
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

#define JOB_COLUMNS                                                                                  \
    "id, type, state, progress, stage, error, requested_by, result, owner, created_at, started_at, " \
    "finished_at, heartbeat"

constexpr statement add_job{
    "add_job",
    "insert into jobs (id, type, state, progress, stage, error, requested_by, result, owner, created_at, "
    "started_at, finished_at, heartbeat) values ($1::uuid, $2::text, $3::text, $4::int, $5::text, $6::text, "
    "$7::text, $8::text, $9::uuid, $10::timestamptz, $11::timestamptz, $12::timestamptz, now())"};
constexpr statement save_job{
    "save_job",
    "update jobs set state = $2::text, progress = $3::int, stage = $4::text, error = $5::text, result = "
    "$6::text, started_at = $7::timestamptz, finished_at = $8::timestamptz, heartbeat = now() where id = "
    "$1::uuid"};
constexpr statement job_by_id{"job_by_id", "select " JOB_COLUMNS " from jobs where id = $1::uuid"};
constexpr statement list_jobs{"list_jobs",
                              "select " JOB_COLUMNS
                              " from jobs where ($1::text = '' or type = $1::text) and ($2::uuid is null or "
                              "id < $2::uuid) order by id desc limit $3::bigint"};
constexpr statement fail_orphaned_jobs{
    "fail_orphaned_jobs",
    "update jobs set state = 'failed', error = 'the process that ran it ended or lost the system database "
    "(no sign of life for ' || $1::bigint || ' s)', finished_at = now() where state in ('queued', 'running') "
    "and coalesce(heartbeat, created_at) < now() - make_interval(secs => $1::bigint)"};
constexpr statement open_job_of_type{
    "open_job_of_type", "select " JOB_COLUMNS
                        " from jobs where type = $1::text and state in ('queued', 'running') order by (state "
                        "= 'running') desc, id limit 1"};

jobs::job read_job(row const& r) {
    return {.id = r.id(0),
            .type = r.string(1),
            .state = jobs::parse_state(r.text(2)).value_or(jobs::state::failed),
            .progress = int(r.integer(3)),
            .stage = r.string(4),
            .error = r.string(5),
            .requested_by = r.string(6),
            .result = r.string(7),
            .owner = r.id(8),
            .created_at = r.time(9),
            .started_at = r.maybe_time(10),
            .finished_at = r.maybe_time(11),
            .heartbeat = r.maybe_time(12)};
}

class job_store final : public jobs::store {
  public:
    explicit job_store(pool& on) : pool_(on) {}

    awaitable<result<void>> add(jobs::job j, deadline limit) override {
        auto const done = co_await pool_.write(
            add_job,
            params(j.id, j.type, to_string(j.state), j.progress, j.stage, j.error, j.requested_by, j.result,
                   j.owner, j.created_at, j.started_at, j.finished_at),
            limit);
        if (!done && done.error().code == errc::conflict)
            co_return error{errc::conflict,
                            public_text{"a job of type " + j.type + " is queued or running already"},
                            internal_text{done.error().detail}};
        if (!done) co_return done.error();
        co_return result<void>{};
    }

    awaitable<result<void>> save(jobs::job j, deadline limit) override {
        auto const done = co_await pool_.write(save_job,
                                               params(j.id, to_string(j.state), j.progress, j.stage, j.error,
                                                      j.result, j.started_at, j.finished_at),
                                               limit);
        if (!done) co_return done.error();
        if (done->affected() == 0) co_return no_such_job();
        co_return result<void>{};
    }

    awaitable<result<jobs::job>> get(uuid id, deadline limit) override {
        auto const found = co_await pool_.read(job_by_id, params(id), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return no_such_job();
        co_return read_job((*found)[0]);
    }

    awaitable<result<page<jobs::job>>> list(std::string type, page_request which, deadline limit) override {
        auto const found = co_await pool_.read(list_jobs, params(type, which.before, which.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<jobs::job>(*found, which.limit, read_job);
    }

    awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds older_than, deadline limit) override {
        auto const done = co_await pool_.write(fail_orphaned_jobs, params(older_than.count()), limit);
        if (!done) co_return done.error();
        co_return std::size_t(done->affected());
    }

    awaitable<result<std::optional<jobs::job>>> running_of(std::string type, deadline limit) override {
        auto const found = co_await pool_.read(open_job_of_type, params(type), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return std::optional<jobs::job>{};
        co_return std::optional(read_job((*found)[0]));
    }

  private:
    static error no_such_job() { return {errc::not_found, public_text{"no such job"}}; }
    pool& pool_;
};

}  // namespace

std::unique_ptr<jobs::store> create_job_store(pool& on) {
    return std::make_unique<job_store>(on);
}

}  // namespace vanna::postgres
