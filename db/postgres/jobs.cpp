// The table jobs.
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

#define JOB_COLUMNS                                                                                  \
    "id, type, state, progress, stage, error, requested_by, result, owner, created_at, started_at, " \
    "finished_at, heartbeat, subject, revision"

constexpr statement add_job{
    "add_job",
    "insert into jobs (" JOB_COLUMNS
    ") values ($1::uuid, $2::text, $3::text, $4::int, $5::text, $6::text, $7::text, $8::text, $9::uuid, "
    "$10::timestamptz, $11::timestamptz, $12::timestamptz, now(), $13::text, $14::bigint)"};
// Whoever runs a job knows best how it ended, also when it was taken for dead meanwhile; but what was taken
// for dead does not come back to life.
constexpr statement save_job{
    "save_job",
    "update jobs set revision = revision + ((state, progress, stage, error, result) is distinct from "
    "($2::text, $3::int, $4::text, $5::text, $6::text))::int, state = $2::text, progress = $3::int, stage = "
    "$4::text, error = $5::text, result = $6::text, started_at = $7::timestamptz, finished_at = "
    "$8::timestamptz, heartbeat = now() where id = $1::uuid and (finished_at is null or $8::timestamptz is "
    "not null) returning revision, cancel_requested"};
constexpr statement job_by_id{"job_by_id", "select " JOB_COLUMNS " from jobs where id = $1::uuid"};
constexpr statement list_jobs{
    "list_jobs", "select " JOB_COLUMNS
                 " from jobs where ($1::text = '' or type = $1::text) and ($2::text = '' or state = "
                 "$2::text) and ($3::uuid is null or id < $3::uuid) order by id desc limit $4::bigint"};
constexpr statement request_job_cancel{
    "request_job_cancel",
    "update jobs set cancel_requested = true where id = $1::uuid and finished_at is null"};
constexpr statement fail_orphaned_jobs{
    "fail_orphaned_jobs",
    "update jobs set state = 'failed', error = 'the process that ran it ended or lost the system database: "
    "its last sign of life was at ' || to_char(coalesce(heartbeat, created_at) at time zone 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') || ', more than ' || $1::bigint || ' s before this was noticed; start "
    "it again', revision = revision + 1, finished_at = now() where state in ('queued', 'running') and "
    "coalesce(heartbeat, created_at) < now() - make_interval(secs => $1::bigint)"};
constexpr statement open_job_of_type{
    "open_job_of_type", "select " JOB_COLUMNS
                        " from jobs where type = $1::text and state in ('queued', 'running') order by (state "
                        "= 'running') desc, id limit 1"};
constexpr statement claim_due_time{
    "claim_due_time",
    "insert into schedules (name, fired_for) values ($1::text, $2::timestamptz) on conflict (name) do update "
    "set fired_for = excluded.fired_for where schedules.fired_for < excluded.fired_for"};

jobs::job read_job(row const& r) {
    return {.id = r.id(0),
            .type = r.string(1),
            .state = jobs::parse_state(r.text(2)).value_or(jobs::state::failed),
            .progress = int(r.integer(3)),
            .stage = r.string(4),
            .error = r.string(5),
            .requested_by = r.string(6),
            .subject = r.string(13),
            .result = r.string(7),
            .revision = r.integer(14),
            .owner = r.id(8),
            .created_at = r.time(9),
            .started_at = r.maybe_time(10),
            .finished_at = r.maybe_time(11),
            .heartbeat = r.maybe_time(12)};
}

// What a job says may quote bytes of a damaged file; such text must not keep its row from being written.
class job_store final : public jobs::store {
  public:
    explicit job_store(pool& on) : pool_(on) {}

    awaitable<result<void>> add(jobs::job j, deadline limit) override {
        auto const done =
            co_await pool_.write(add_job,
                                 params(j.id, j.type, to_string(j.state), j.progress, storable(j.stage),
                                        storable(j.error), j.requested_by, storable(j.result), j.owner,
                                        j.created_at, j.started_at, j.finished_at, j.subject, j.revision),
                                 limit);
        if (!done && done.error().code == errc::conflict)
            co_return error{errc::conflict,
                            public_text{"a job of type " + j.type + " is queued or running already"},
                            internal_text{done.error().detail}};
        if (!done) co_return done.error();
        co_return result<void>{};
    }

    awaitable<result<saved>> save(jobs::job j, deadline limit) override {
        auto const done =
            co_await pool_.write(save_job,
                                 params(j.id, to_string(j.state), j.progress, storable(j.stage),
                                        storable(j.error), storable(j.result), j.started_at, j.finished_at),
                                 limit);
        if (!done) co_return done.error();
        if (done->empty()) co_return co_await why_not(j.id, limit);
        co_return saved{.revision = (*done)[0].integer(0), .cancel_requested = (*done)[0].boolean(1)};
    }

    awaitable<result<jobs::job>> get(uuid id, deadline limit) override {
        auto const found = co_await pool_.read(job_by_id, params(id), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return no_such_job();
        co_return read_job((*found)[0]);
    }

    awaitable<result<page<jobs::job>>> list(jobs::job_filter which, page_request part,
                                            deadline limit) override {
        auto const state = which.state ? to_string(*which.state) : "";
        auto const found =
            co_await pool_.read(list_jobs, params(which.type, state, part.before, part.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<jobs::job>(*found, part.limit, read_job);
    }

    awaitable<result<void>> request_cancel(uuid id, deadline limit) override {
        auto const done = co_await pool_.write(request_job_cancel, params(id), limit);
        if (!done) co_return done.error();
        if (done->affected() == 0) co_return co_await why_not(id, limit);
        co_return result<void>{};
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

    awaitable<result<bool>> claim(std::string schedule, instant due, deadline limit) override {
        auto const done = co_await pool_.write(claim_due_time, params(schedule, due), limit);
        if (!done) co_return done.error();
        co_return done->affected() > 0;
    }

  private:
    // Of a job that is not open: whether there is one at all.
    awaitable<error> why_not(uuid id, deadline limit) {
        auto const found = co_await get(id, limit);
        if (!found) co_return found.error();
        co_return error{errc::conflict,
                        public_text{"the job has ended already: " + std::string(to_string(found->state))}};
    }
    static error no_such_job() { return {errc::not_found, public_text{"no such job"}}; }
    pool& pool_;
};

}  // namespace

std::unique_ptr<jobs::store> create_job_store(pool& on) {
    return std::make_unique<job_store>(on);
}

}  // namespace vanna::postgres
