#include "db/postgres/target/target.hpp"

#include "db/postgres/target/catalog.hpp"
#include "db/postgres/target/errors.hpp"
#include "db/postgres/target/execution.hpp"
#include "db/postgres/target/role.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t slice_bytes = 256 * 1024;
constexpr auto contents_age = std::chrono::hours(1);  // row counts and values are read anew after it
constexpr auto next_try = std::chrono::minutes(1);    // where the connection broke meanwhile

using sql::claim;

class sliced_result : public sql::cursor {
  public:
    sliced_result(work_pool& pool, claim turn, std::shared_ptr<shared_database> on,
                  std::shared_ptr<execution> running)
        : pool_(pool), turn_(std::move(turn)), on_(std::move(on)), running_(std::move(running)) {}
    ~sliced_result() override {
        if (running_->is_done()) return;
        on_->abandon(std::move(running_));
        pool_.try_post([on = on_] { on->drop_abandoned(); });
    }
    awaitable<result<sql::slice>> next() override {
        co_return co_await turn_.offload(pool_,
                                         [running = running_] { return running->advance(slice_bytes); });
    }

  private:
    work_pool& pool_;
    claim turn_;
    std::shared_ptr<shared_database> on_;
    std::shared_ptr<execution> running_;
};

// One look at the database, on a pool thread.
class refreshing {
  public:
    refreshing(std::shared_ptr<shared_database> on, watch until, bool role_alone)
        : on_(std::move(on)), until_(std::move(until)), role_alone_(role_alone) {}

    result<void> run() {
        on_->drop_abandoned();
        auto const done = look();
        if (done) return done;
        if (done.error().code == errc::conflict)
            on_->refuse();
        else
            on_->complain(done.error().message);
        return done;
    }

  private:
    result<void> look() {
        auto taken = on_->take(until_);
        if (!taken) return taken.error();
        auto done = look(**taken);
        if (!done && (*taken)->is_lost() && !taken->is_fresh()) {  // it idled and died
            auto again = on_->take(until_, true);
            if (!again) return again.error();
            *taken = std::move(*again);
            done = look(**taken);
        }
        if (done)
            (*taken)->end_transaction();
        else
            taken->close();  // nobody knows whether its role may be used
        return done;
    }
    result<void> look(link& on) {
        auto const begun = on.script(
            "begin isolation level repeatable read read only; set local "
            "statement_timeout = " +
                std::to_string(until_.milliseconds_left()),
            until_);
        if (!begun) return begun.error();
        if (on_->options().has(layer::role))
            if (auto ok = check_role(on, on_->options().is_demo, until_); !ok) return ok;
        if (role_alone_) return {};
        auto path = read_search_path(on, until_);
        if (!path) return path.error();
        if (auto set = on.script("set local search_path = " + *path, until_); !set) return set.error();
        auto names = read_own_names(on, until_);
        if (!names) return names.error();
        if (on_->options().is_demo) refuse_look_ups(*names);
        auto read = read_structure(on, until_);
        if (!read) return read.error();
        auto known = std::make_shared<knowledge const>(knowledge{std::move(*names), std::move(*path)});
        accept(on, std::move(*read), std::move(known));
        return {};
    }
    // The structure is shown at once, so that questions need not wait for the counts; those of before stay
    // where they cannot be read anew.
    void accept(link& on, sql::schema read, std::shared_ptr<knowledge const> known) {
        auto const before = on_->schema();
        bool const is_same = before && before->version == read.version;
        auto const now = std::chrono::steady_clock::now();
        if (is_same && now < on_->contents_until) return on_->accept(before, std::move(known));
        if (before) carry_over(*before, read);
        on_->accept(std::make_shared<sql::schema const>(read), known);
        add_contents(on, read, until_);
        on_->accept(std::make_shared<sql::schema const>(std::move(read)), std::move(known));
        on_->contents_until = now + (on.is_lost() ? next_try : contents_age);
    }

    std::shared_ptr<shared_database> on_;
    watch until_;
    bool role_alone_;
};

class target_of_database : public database_target {
  public:
    target_of_database(work_pool& pool, target_options options)
        : pool_(pool), on_(std::make_shared<shared_database>(std::move(options), pool.threads())) {}

    awaitable<result<sql::opened>> open(sql::statement what, sql::open_options how) override {
        auto place = how.whole ? nullptr : on_->take_cursor();
        if (!how.whole && !place)
            co_return error{errc::overloaded, public_text{"too many exports are running; try again shortly"}}
                .with_retry(std::chrono::seconds(5));
        struct outcome {
            sql::opened answer;
            std::shared_ptr<execution> running;
        };
        claim const turn{{how.by, !how.whole}, how.until, how.stop};
        auto begin = [on = on_, what = std::move(what), how = std::move(how),
                      place = std::move(place)]() mutable -> result<outcome> {
            auto const bytes = how.whole ? std::size_t(-1) : slice_bytes;
            auto running = std::make_shared<execution>(on, std::move(what), std::move(how), std::move(place));
            if (auto ok = running->prepare(); !ok) return ok.error();
            if (auto ok = running->start(); !ok) return ok.error();
            auto first = running->advance(bytes);
            if (!first) return first.error();
            outcome out{{running->columns(), false, running->version(), std::move(*first), nullptr}, nullptr};
            if (!out.answer.first.last) out.running = std::move(running);
            return out;
        };
        auto begun = co_await turn.offload(pool_, std::move(begin));
        if (!begun) co_return std::move(begun).error();
        if (begun->running)
            begun->answer.rest = std::make_unique<sliced_result>(pool_, turn, on_, std::move(begun->running));
        co_return std::move(begun->answer);
    }

    awaitable<result<std::vector<sql::column>>> check(std::string sql, deadline until, uuid by) override {
        claim const turn{{by, false}, until, nullptr};
        co_return co_await turn.offload(
            pool_, [on = on_, sql = std::move(sql), until]() mutable -> result<std::vector<sql::column>> {
                execution looked(on, {.text = std::move(sql)}, {.until = until});
                if (auto ok = looked.prepare(execution::values::to_come); !ok) return ok.error();
                return looked.columns();
            });
    }

    awaitable<result<void>> refresh(deadline limit, std::shared_ptr<sql::stop_flag> stop) override {
        return look_by_either(limit, std::move(stop), false);
    }
    awaitable<result<void>> look_at_role(deadline limit) override {
        return look_by_either(limit, nullptr, true);
    }
    std::size_t open_cursors() const override { return on_->cursors(); }
    sql::target_status status() const override { return on_->status(); }
    std::shared_ptr<sql::schema const> schema() const override { return on_->schema(); }

  private:
    awaitable<result<void>> look_by_either(deadline limit, std::shared_ptr<sql::stop_flag> stop,
                                           bool role_alone) {
        auto const seen = co_await look(limit, stop, role_alone);
        if (seen || seen.error().code != errc::unavailable || !on_->options().former) co_return seen;
        by_former_ = !by_former_;
        co_return co_await look(limit, stop, role_alone);
    }
    awaitable<result<void>> look(deadline limit, std::shared_ptr<sql::stop_flag> stop, bool role_alone) {
        auto const& options = on_->options();
        auto words = co_await (by_former_ ? *options.former : options.where).resolve(limit);
        if (!words) {
            on_->complain("the target database is not reachable");
            co_return unreachable(words.error().detail);
        }
        on_->lead_to(std::move(*words));
        co_return co_await claim{{}, limit, stop}.offload(pool_,
                                                          [on = on_, until = watch(limit, stop), role_alone] {
                                                              return refreshing(on, until, role_alone).run();
                                                          });
    }

    work_pool& pool_;
    std::shared_ptr<shared_database> on_;
    std::atomic<bool> by_former_{false};  // the log-in that worked last
};

}  // namespace

std::shared_ptr<database_target> create_target(work_pool& pool, target_options options) {
    return std::make_shared<target_of_database>(pool, std::move(options));
}

}  // namespace vanna::pg_target
