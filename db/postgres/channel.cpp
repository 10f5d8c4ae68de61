#include "db/postgres/channel.hpp"

#include <libpq-fe.h>

#include "core/log.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

using namespace std::chrono_literals;

awaitable<void> channel::run() {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        auto opened = co_await connection::open(address_, after(5s));
        if (opened && PQenterPipelineMode((*opened)->get()) == 0)
            opened = unavailable("pipeline mode is refused");
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return;
        if (!opened) {
            problem_ = opened.error().detail;
            if (failures_++ == 0)
                log::warn("PostgreSQL connection failed",
                          {{"address", address_.display()}, {"error", problem_}});
            owner_.closed();
            pause.expires_after(
                std::min<std::chrono::milliseconds>(50ms * (1 << std::min(failures_, 5)), 1s));
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        if (failures_ > 0) log::info("PostgreSQL connection is back", {{"address", address_.display()}});
        failures_ = 0;
        lost_ = false;
        link_ = std::move(*opened);
        owner_.opened();
        while (!lost_) {
            auto const failure = co_await link_->readable();
            if (lost_) break;
            if (failure == asio::error::operation_aborted) co_return;
            if (failure)
                lose(failure.message());
            else
                take_replies();
        }
        link_.reset();
    }
}

bool channel::sync(std::uint64_t tick) {
    if (PQpipelineSync(link_->get()) == 0) return lose(message_of(link_->get())), false;
    pipeline_.sync_sent(tick);
    return true;
}

// Prepares between two syncs of its own, so that no other statement's failure can abort it.
bool channel::prepare(statement const& what, std::uint64_t tick) {
    auto& state = statements_[&what];
    if (state.is != prepared::no) return true;
    if (pipeline_.needs_sync() && !sync(tick)) return false;
    if (PQsendPrepare(link_->get(), what.name, what.sql, 0, nullptr) == 0)
        return lose(message_of(link_->get())), false;
    pipeline_.sent(purpose::prepare, nullptr, tick);
    preparing_.push_back(&what);
    state = {prepared::underway, {}};
    return sync(tick);
}

void channel::send(request& r, std::uint64_t tick) {
    r.where = this;
    r.place = 0;
    ++r.attempts;
    bool const alone = r.alone || r.kind == purpose::write;
    auto const give_up = [&] {  // lose() has given back what is in the pipeline; this request is not yet
        if (r.place == 0) owner_.finish(r, unavailable(problem_));
    };
    if (!prepare(r.what, tick)) return give_up();
    if (alone && pipeline_.needs_sync() && !sync(tick)) return give_up();
    auto const values = r.values.pointers();
    if (PQsendQueryPrepared(link_->get(), r.what.name, int(values.size()), values.data(), nullptr, nullptr,
                            0) == 0) {
        lose(message_of(link_->get()));
        return give_up();
    }
    r.place = pipeline_.sent(r.kind, &r, tick);
    if (alone) {
        flush(tick);
    } else if (!flush_is_due_) {
        flush_is_due_ = true;
        owner_.flush_soon(*this);
    }
}

void channel::flush(std::uint64_t tick) {
    flush_is_due_ = false;
    if (!is_open() || (pipeline_.needs_sync() && !sync(tick))) return;
    int const rest = PQflush(link_->get());
    if (rest < 0) return lose(message_of(link_->get()));
    if (rest > 0 && !writing_) {
        writing_ = true;
        tasks_.spawn("postgres writer", [this, link = link_] { return write_rest(link); });
    }
}

awaitable<void> channel::write_rest(std::shared_ptr<connection> link) {
    int rest = 1;
    while (rest > 0 && link == link_ && !lost_) {
        if (co_await link->writable()) break;
        if (link == link_ && !lost_) rest = PQflush(link->get());
    }
    writing_ = false;
    if (rest < 0 && link == link_) lose(message_of(link->get()));
}

void channel::take_replies() {
    if (PQconsumeInput(link_->get()) == 0) return lose(message_of(link_->get()));
    while (!lost_ && !pipeline_.empty() && PQisBusy(link_->get()) == 0) {
        auto* const raw = PQgetResult(link_->get());
        rows taken(raw);
        auto const status = raw ? PQresultStatus(raw) : PGRES_EMPTY_QUERY;
        auto const due = pipeline_.received(!raw                               ? reply::end_of_command
                                            : status == PGRES_PIPELINE_SYNC    ? reply::sync
                                            : status == PGRES_PIPELINE_ABORTED ? reply::aborted
                                                                               : reply::result);
        using enum pipeline::step::what;
        if (due.action == confused) return lose("replies are out of step");
        if (due.action == nothing) continue;
        if (due.kind == purpose::prepare)
            take_preparation(raw);
        else if (due.action == again)
            aborted_.push_back(due.whose);
        else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            if (due.whose) owner_.finish(*due.whose, std::move(taken));
        } else {
            take_failure(due.whose, raw);
        }
    }
    repeat_aborted();
    owner_.replied();
}

void channel::take_preparation(pg_result const* raw) {
    auto const* const what = preparing_.front();
    preparing_.pop_front();
    auto& state = statements_[what];
    if (PQresultStatus(raw) == PGRES_COMMAND_OK) {
        state.is = prepared::yes;
        return;
    }
    state.is = prepared::no;
    state.failure = translate(raw, std::string("preparing ") + what->name);
    if (kind_of(sqlstate_of(raw)) == failure_kind::connection) lose(state.failure->detail);
}

void channel::take_failure(request* whose, pg_result const* raw) {
    auto failure = translate(raw, whose ? whose->what.name : "an abandoned statement");
    switch (kind_of(sqlstate_of(raw))) {
        case failure_kind::connection:
            return lose(failure.detail, whose);
        case failure_kind::not_prepared:
            if (!whose) return;
            if (auto& state = statements_[&whose->what]; state.failure) {
                failure = *state.failure;
            } else if (whose->attempts < most_attempts) {
                state.is = prepared::no;
                return aborted_.push_back(whose);
            }
            break;
        case failure_kind::statement:
            break;
    }
    pool_stats::add(stats_.errors);
    if (whose) owner_.finish(*whose, std::move(failure));
}

// Only after the replies at hand: in an aborted pipeline, sending makes libpq swallow the mark that ends the
// command whose result was just taken.
void channel::repeat_aborted() {
    for (auto* r : std::exchange(aborted_, {})) {
        r->alone = true;
        r->where = nullptr;
        pool_stats::add(stats_.reruns);
        owner_.again(*r);
    }
}

// The reply will never come. A read is safe to send again elsewhere; whether a write happened is unknown.
void channel::give_back(request& r, std::string const& why) {
    r.where = nullptr;
    if (r.kind == purpose::read && r.attempts < most_attempts) return owner_.again(r);
    owner_.finish(r, unavailable(why));
}

void channel::lose(std::string why, request* answered_last) {
    if (!is_open()) return;
    lost_ = true;
    problem_ = std::move(why);
    pool_stats::add(stats_.connections_lost);
    log::warn("PostgreSQL connection lost", {{"address", address_.display()}, {"error", problem_}});
    boost::system::error_code ignored;
    link_->socket().cancel(ignored);
    auto orphans = waiting();
    if (answered_last) orphans.insert(orphans.begin(), answered_last);
    pipeline_.clear();
    statements_.clear();
    preparing_.clear();
    for (auto* r : orphans)
        give_back(*r, problem_);
    owner_.closed();
}

std::vector<request*> channel::waiting() const {
    std::vector<request*> out;
    pipeline_.for_each_waiting([&](request& r) { out.push_back(&r); });
    return out;
}

void channel::abandon(request& r) {
    pipeline_.abandon(r.place);
    r.where = nullptr;
}

void channel::sweep(deadline now, std::uint64_t stale) {
    if (!is_open()) return;
    if (!pipeline_.empty() && pipeline_.oldest() < stale) return lose("no reply for too long");
    for (auto* r : waiting()) {
        if (r->limit > now) continue;
        abandon(*r);
        pool_stats::add(stats_.deadlines_missed);
        owner_.finish(*r, timed_out(r->what.name));
    }
}

void channel::fail_all(error const& why) {
    for (auto* r : waiting()) {
        abandon(*r);
        owner_.finish(*r, why);
    }
}

}  // namespace vanna::postgres
