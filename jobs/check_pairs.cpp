#include "jobs/check_pairs.hpp"

#include "core/ask/model/prompt.hpp"
#include "core/log.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr auto checking_allowed = std::chrono::minutes(30);

bool is_about_the_statement(error const& e) {
    return e.code == errc::query_invalid || e.code == errc::query_refused || e.code == errc::query_too_large;
}

struct finding {
    std::string problem;  // empty: it holds
    bool is_sure = true;  // else neither that it holds nor that it does not has been seen
};

std::string listed(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names)
        out += (out.empty() ? "" : ", ") + name;
    return out;
}

class checking {
  public:
    checking(pair_check_parts on, pair_check_bounds within, progress& p)
        : on_(std::move(on)), within_(within), progress_(p), version_(on_.target.status().version) {}

    awaitable<result<json::value>> run() {
        if (version_.empty())
            co_return error{errc::unavailable,
                            public_text{"the target cannot be asked: " + on_.target.status().problem}};
        while (checked_ < within_.most_pairs) {
            auto const next = co_await call(on_.knowledge.unchecked_examples(
                version_, std::min(within_.at_once, within_.most_pairs - checked_), once()));
            if (!next) co_return next.error();
            if (next->empty()) break;
            for (auto const& pair : *next) {
                progress_.at("pair " + std::to_string(checked_ + 1),
                             int(99 * checked_ / (checked_ + next->size())));
                if (auto ok = co_await check(pair); !ok) co_return ok.error();
                ++checked_;
            }
        }
        co_return json::object{
            {"target_version", version_}, {"checked", checked_}, {"stale", stale_}, {"back", back_}};
    }

  private:
    template <class T>
    awaitable<result<T>> call(awaitable<result<T>> what) {
        return store_call(std::move(what), progress_.stop());
    }
    deadline once() const { return call_limit(progress_.limit()); }

    awaitable<result<void>> check(ask::example pair) {
        if (progress_.cancelled())
            co_return error{errc::cancelled, public_text{"the check of the pairs was cancelled"}};
        auto const found = co_await problem_of(pair);
        if (!found) co_return found.error();
        bool const was_stale = pair.state == "stale";
        pair.problem = found->problem;
        if (found->is_sure) pair.state = found->problem.empty() ? "approved" : "stale";
        pair.checked_version = version_;
        auto saved = co_await call(on_.knowledge.save_check(pair, once()));
        if (!saved && saved.error().code == errc::conflict) {
            pair.state = "stale";
            pair.problem = "its statement runs again, but another approved pair answers the question by now";
            saved = co_await call(on_.knowledge.save_check(pair, once()));
        }
        if (!saved) co_return saved.error();
        bool const is_stale = pair.state == "stale";
        if (!*saved || was_stale == is_stale) co_return result<void>{};
        ++(is_stale ? stale_ : back_);
        if (!is_stale && on_.is_back) on_.is_back(pair);
        co_return co_await tell(pair);
    }

    // An error: nothing can be said of any pair now.
    awaitable<result<finding>> problem_of(ask::example& pair) {
        auto const columns = co_await on_.target.check(pair.sql, statement_limit(), {});
        if (!columns && is_about_the_statement(columns.error()))
            co_return finding{said_of(pair.sql, columns.error())};
        if (!columns && took_too_long(columns.error())) co_return not_seen(columns.error());
        if (!columns) co_return columns.error();
        std::vector<std::string> names;
        for (auto const& column : *columns)
            names.push_back(column.name);
        if (pair.columns.empty()) pair.columns = names;
        if (pair.columns != names)
            co_return finding{"it answers with the columns " + listed(names) + " instead of " +
                              listed(pair.columns)};
        co_return co_await runs(pair.sql);
    }

    awaitable<result<finding>> runs(std::string sql) {
        sql::open_options how{.limits = {.max_rows = 1, .max_bytes = within_.most_bytes},
                              .until = statement_limit(),
                              .stop = progress_.stop()};
        auto const opened = co_await on_.target.open({.text = sql}, std::move(how));
        if (opened && opened->target_version == version_) co_return finding{};
        if (opened || on_.target.status().version != version_)
            co_return error{errc::conflict, public_text{"the target has changed meanwhile"}};
        auto const& why = opened.error();
        if (why.code == errc::query_invalid || why.code == errc::query_refused)
            co_return finding{said_of(sql, why)};
        if (took_too_long(why) || why.code == errc::query_too_large) co_return not_seen(why);
        co_return why;
    }

    // The statement's own time is over, not the job's.
    bool took_too_long(error const& why) const {
        return why.code == errc::deadline_exceeded && std::chrono::steady_clock::now() < progress_.limit();
    }
    static finding not_seen(error const& why) { return {"it was not seen to run: " + why.message, false}; }

    // PostgreSQL quotes values of rows.
    std::string said_of(std::string_view sql, error const& why) const {
        if (why.code != errc::query_invalid) return why.message;
        auto const schema = on_.target.schema();
        return ask::model::without_row_data(why.message, sql, schema ? *schema : sql::schema{});
    }

    deadline statement_limit() const { return std::min(progress_.limit(), after(within_.statement_limit)); }

    awaitable<result<void>> tell(ask::example const& pair) {
        bool const is_stale = pair.state == "stale";
        log::info(is_stale ? "a verified pair is stale" : "a stale pair runs again",
                  {{"pair", to_string(pair.id)}});
        audit::entry told{.email = "system",
                          .action = is_stale ? "examples.stale" : "examples.back",
                          .resource = "knowledge/examples/" + to_string(pair.id),
                          .changes = {{"problem", pair.problem}, {"target_version", version_}},
                          .status = "success"};
        co_return co_await call(on_.trail.append({std::move(told)}, once()));
    }

    pair_check_parts on_;
    pair_check_bounds within_;
    progress& progress_;
    std::string const version_;
    std::size_t checked_ = 0, stale_ = 0, back_ = 0;
};

}  // namespace

job_request pair_check_request(std::string requested_by) {
    return {.type = "pairs", .requested_by = std::move(requested_by), .time_allowed = checking_allowed};
}

awaitable<result<json::value>> check_pairs(pair_check_parts on, pair_check_bounds within, progress& p) {
    checking one(std::move(on), within, p);
    co_return co_await one.run();
}

}  // namespace vanna::jobs
