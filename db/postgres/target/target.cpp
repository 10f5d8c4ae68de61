#include "db/postgres/target/target.hpp"

#include "db/postgres/target/catalog.hpp"
#include "db/postgres/target/errors.hpp"
#include "db/postgres/target/execution.hpp"
#include "db/postgres/target/role.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t slice_bytes = 256 * 1024;
constexpr auto contents_age = std::chrono::hours(1);  // row counts and values are read anew after it

// What a statement needs to get its turn on the pool, and when it stops waiting for it.
struct claim {
    party by;
    deadline until;
    std::shared_ptr<sql::stop_flag> stop;

    template <class F>
    auto offload(work_pool& pool, F function) const {
        auto given_up = [stop = stop] { return stop && stop->why() != sql::stop_reason::none; };
        return vanna::offload(pool, by, until, std::move(given_up), std::move(function));
    }
};

class sliced_result : public sql::cursor {
  public:
    sliced_result(work_pool& pool, claim turn, std::shared_ptr<shared_database> on,
                  std::shared_ptr<execution> running)
        : pool_(pool), turn_(std::move(turn)), on_(std::move(on)), running_(std::move(running)) {
        ++on_->cursors;
    }
    ~sliced_result() override {
        --on_->cursors;
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
    refreshing(std::shared_ptr<shared_database> on, deadline limit, bool role_alone)
        : on_(std::move(on)), limit_(limit), role_alone_(role_alone) {}

    result<void> run() {
        auto const done = look();
        if (done) return done;
        if (done.error().code == errc::conflict)
            on_->refuse(done.error().message);
        else
            on_->complain(done.error().message);
        return done;
    }

  private:
    result<void> look() {
        watch const until(limit_);
        auto taken = on_->take(until);
        if (!taken) return taken.error();
        auto done = look(**taken, until);
        if (!done && (*taken)->is_lost() && !taken->is_fresh()) {  // it idled and died
            auto again = on_->take(until, true);
            if (!again) return again.error();
            *taken = std::move(*again);
            done = look(**taken, until);
        }
        if (!(*taken)->is_lost()) (void)(*taken)->script("rollback", until);
        return done;
    }
    result<void> look(link& on, watch const& until) {
        auto const begun = on.script(
            "begin isolation level repeatable read read only; set local "
            "statement_timeout = " +
                std::to_string(until.milliseconds_left()),
            until);
        if (!begun) return begun.error();
        if (on_->options().has(layer::role))
            if (auto ok = check_role(on, on_->options().is_demo, until); !ok) return ok;
        if (role_alone_) return {};
        auto path = read_search_path(on, until);
        if (!path) return path.error();
        if (auto set = on.script("set local search_path = " + *path, until); !set) return set.error();
        auto names = read_own_names(on, until);
        if (!names) return names.error();
        if (on_->options().is_demo) refuse_look_ups(*names);
        auto read = read_structure(on, until);
        if (!read) return read.error();
        auto known = std::make_shared<knowledge const>(knowledge{std::move(*names), std::move(*path)});
        accept(on, std::move(*read), std::move(known));
        return {};
    }
    // The structure is shown at once, so that questions need not wait for the counts.
    void accept(link& on, sql::schema read, std::shared_ptr<knowledge const> known) {
        auto const before = on_->schema();
        bool const is_same = before && before->version == read.version;
        auto const now = std::chrono::steady_clock::now();
        if (is_same && now < on_->contents_until) return on_->accept(before, std::move(known));
        auto full = read;
        on_->accept(is_same ? before : std::make_shared<sql::schema const>(std::move(read)), known);
        add_contents(on, full, limit_);
        on_->accept(std::make_shared<sql::schema const>(std::move(full)), std::move(known));
        on_->contents_until = now + contents_age;
    }

    std::shared_ptr<shared_database> on_;
    deadline limit_;
    bool role_alone_;
};

class target_of_database : public database_target {
  public:
    target_of_database(work_pool& pool, target_options options)
        : pool_(pool), on_(std::make_shared<shared_database>(std::move(options))) {}

    awaitable<result<sql::opened>> open(sql::statement what, sql::open_options how) override {
        if (!how.whole && on_->cursors >= on_->options().max_cursors)
            co_return error{errc::overloaded, public_text{"too many exports are running; try again shortly"}}
                .with_retry(std::chrono::seconds(5));
        struct outcome {
            sql::opened answer;
            std::shared_ptr<execution> running;
        };
        claim const turn{{how.by, !how.whole}, how.until, how.stop};
        auto begun = co_await turn.offload(
            pool_, [on = on_, what = std::move(what), how = std::move(how)]() mutable -> result<outcome> {
                auto const bytes = how.whole ? std::size_t(-1) : slice_bytes;
                auto running = std::make_shared<execution>(on, std::move(what), std::move(how));
                if (auto ok = running->prepare(); !ok) return ok.error();
                if (auto ok = running->start(); !ok) return ok.error();
                auto first = running->advance(bytes);
                if (!first) return first.error();
                outcome out{{running->columns(), false, running->version(), std::move(*first), nullptr},
                            nullptr};
                if (!out.answer.first.last) out.running = std::move(running);
                return out;
            });
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

    awaitable<result<void>> refresh(deadline limit) override { return look(limit, false); }
    awaitable<result<void>> look_at_role(deadline limit) override { return look(limit, true); }
    std::size_t open_cursors() const override { return on_->cursors; }
    sql::target_status status() const override { return on_->status(); }
    std::shared_ptr<sql::schema const> schema() const override { return on_->schema(); }

  private:
    awaitable<result<void>> look(deadline limit, bool role_alone) {
        auto words = co_await on_->options().where.resolve(limit);
        if (!words) {
            on_->complain("the target database is not reachable");
            co_return unreachable(words.error().detail);
        }
        on_->lead_to(std::move(*words));
        co_return co_await claim{{}, limit, nullptr}.offload(
            pool_, [on = on_, limit, role_alone] { return refreshing(on, limit, role_alone).run(); });
    }

    work_pool& pool_;
    std::shared_ptr<shared_database> on_;
};

}  // namespace

std::shared_ptr<database_target> create_target(work_pool& pool, target_options options) {
    return std::make_shared<target_of_database>(pool, std::move(options));
}

}  // namespace vanna::pg_target
