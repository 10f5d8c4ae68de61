#include "jobs/golden_reset.hpp"

namespace vanna::jobs {
namespace {

constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto row_limit = std::chrono::seconds(10);

}  // namespace

error no_golden_copy() {
    return error{errc::conflict,
                 public_text{"there is no golden copy: the target database is disabled or not a SQLite file"}}
        .with_type("no-golden-copy");
}

awaitable<result<sqlite::golden_outcome>> copy_source(sqlite::golden_copy& copy, replica::store& rows,
                                                      sqlite::golden_request how) {
    auto seen = co_await rows.read(after(row_limit));
    if (!seen) co_return seen.error();
    how.row = std::move(seen->target);
    co_return co_await copy.apply(std::move(how), &rows);
}

awaitable<result<job>> start_golden_reset(
    scheduler& by, sqlite::golden_copy& copy, replica::store& rows, std::string requested_by,
    std::function<awaitable<result<void>>(sqlite::golden_outcome)> taken) {
    auto work = [&copy, &rows,
                 taken = std::move(taken)](progress& p) -> awaitable<result<boost::json::value>> {
        p.at("copying", 10);
        sqlite::golden_request how{.cause = sqlite::golden_cause::reset,
                                   .in_full = true,
                                   .until = p.limit(),
                                   .stop = p.stop(),
                                   .may_publish = [&p] { return p.still_alone(); }};
        auto const done = co_await copy_source(copy, rows, std::move(how));
        if (!done) co_return done.error();
        p.at("opening", 80);
        if (taken)
            if (auto ok = co_await taken(*done); !ok) co_return ok.error();
        co_return boost::json::value{{"version", done->row.version},
                                     {"size", done->row.size},
                                     {"moved", done->row_moved},
                                     {"copied", done->copied}};
    };
    co_return co_await by.submit(
        {.type = "golden-copy", .requested_by = std::move(requested_by), .time_allowed = copy_limit},
        std::move(work));
}

}  // namespace vanna::jobs
