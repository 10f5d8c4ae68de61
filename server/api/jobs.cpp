#include "server/api/handlers.hpp"
#include "server/api/job_events.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {

awaitable<reply> list_jobs(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    jobs::job_filter filter{.type = std::string(r.query("type").value_or(""))};
    if (auto const text = r.query("state")) {
        filter.state = jobs::parse_state(*text);
        if (!filter.state)
            co_return error{errc::invalid_input, public_text{"no such state of a job: see errors"}}
                .with_field("state", "expected queued, running, succeeded, failed or cancelled");
    }
    auto const found = co_await c.job_rows.list(std::move(filter), *which, r.limit);
    if (!found) co_return found.error();
    note(c, entry_of(r, "jobs.list", "jobs", "success"));
    co_return json_reply(200, view(*found));
}

namespace {

awaitable<reply> show(context& c, http::request& r, bool as_events) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto found = co_await c.job_rows.get(*id, r.limit);
    if (!found) co_return found.error();
    note(c, entry_of(r, "jobs.read", "jobs/" + to_string(*id), "success"));
    if (as_events) co_return job_events({c.job_rows, c.health, c.job_streams}, r, std::move(*found));
    co_return json_reply(200, view(*found));
}

}  // namespace

awaitable<reply> get_job(context& c, http::request& r) {
    co_return co_await show(c, r, wants_events(r));
}

awaitable<reply> get_job_events(context& c, http::request& r) {
    co_return co_await show(c, r, true);
}

awaitable<reply> cancel_job(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    co_return co_await audited(c, r, "jobs.cancel", "jobs/" + to_string(*id), nullptr,
                               [&]() -> awaitable<reply> {
                                   auto const found = co_await c.job_rows.get(*id, r.limit);
                                   if (!found) co_return found.error();
                                   if (auto ok = co_await c.jobs.cancel(*id); !ok) co_return ok.error();
                                   co_return accepted(*found, "/api/v1/admin/db/jobs/" + to_string(*id));
                               });
}

}  // namespace vanna::api
