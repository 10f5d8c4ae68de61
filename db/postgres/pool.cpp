#include "db/postgres/pool.hpp"

#include "core/log.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

using namespace std::chrono_literals;
constexpr auto sweep_period = 50ms;

pool::pool(asio::any_io_executor executor, address to, pool_options options)
    : executor_(executor),
      address_(to.with_statement_timeout(options.statement_timeout)),
      options_(options),
      tasks_(executor),
      sessions_(executor, to.with_statement_timeout({}), options.sessions, stats_),
      state_changed_(executor),
      self_(std::make_shared<pool*>(this)) {
    channel_owner& owner = *this;
    for (unsigned i = 0; i < std::max(1u, options_.connections); ++i)
        channels_.push_back(std::make_unique<channel>(owner, tasks_, stats_, address_));
}

pool::~pool() {
    *self_ = nullptr;
}

awaitable<result<void>> pool::open(deadline limit) {
    for (auto& c : channels_)
        tasks_.spawn("postgres connection", [c = c.get()] { return c->run(); });
    tasks_.spawn("postgres sweep", [this] { return sweep(); });
    auto const hopeful = [&] {
        return std::ranges::any_of(channels_, [](auto& c) { return c->is_hopeful(); });
    };
    while (!is_up() && hopeful() && std::chrono::steady_clock::now() < limit) {
        state_changed_.expires_at(limit);
        co_await state_changed_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (!is_up()) co_return unavailable(channels_.front()->problem());
    co_return result<void>{};
}

awaitable<void> pool::close() {
    is_closing_ = true;
    auto const why = unavailable("the pool is closing");
    for (auto& c : channels_)
        c->fail_all(why);
    fail_waiting(why);
    resume_finished();
    sessions_.close();
    tasks_.cancel();
    co_await tasks_.wait();
    *self_ = nullptr;
}

bool pool::is_up() const {
    return std::ranges::any_of(channels_, [](auto& c) { return c->is_open(); });
}

awaitable<result<rows>> pool::run(purpose kind, statement const& what, params values, deadline limit) {
    request r{what, values, kind, limit};
    pool_stats::add(stats_.requests);
    if (limit <= std::chrono::steady_clock::now()) co_return timed_out(what.name);
    // A frame that is destroyed instead of resumed must not leave pointers to its request behind.
    struct link {
        std::shared_ptr<pool*> self;
        request* whose;
        ~link() {
            if (whose && *self) (*self)->forget(*whose);
        }
    } linked{self_, &r};
    submit(r);
    if (!r.done) {
        auto const wait = [this, &r](auto handler) {
            if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                slot.assign([this, &r](asio::cancellation_type) { cancel(r); });
            r.resume.emplace(std::move(handler));
        };
        co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(wait, asio::use_awaitable);
    }
    linked.whose = nullptr;
    co_return std::move(r.outcome);
}

// Puts the request on the least busy connection, in the queue, or ends it.
void pool::submit(request& r) {
    if (is_closing_) return finish(r, unavailable("the pool is closed"));
    if (auto* const c = best()) return c->send(r, tick_);
    bool const hope = is_up() || std::ranges::any_of(channels_, [](auto& c) { return c->is_hopeful(); });
    if (!hope) return finish(r, unavailable(channels_.front()->problem()));
    if (waiting_.size() >= options_.waiting)
        return finish(r,
                      error{errc::overloaded,
                            public_text{"the server is busy: too many requests wait for the system database"},
                            internal_text{"the queue for PostgreSQL is full"}}
                          .with_retry(1s));
    pool_stats::add(stats_.waits);
    waiting_.push_back(&r);
}

channel* pool::best() const {
    channel* out = nullptr;
    for (auto const& c : channels_)
        if (c->is_open() && (!out || c->in_flight() < out->in_flight())) out = c.get();
    return out && out->in_flight() < options_.in_flight ? out : nullptr;
}

void pool::finish(request& done, result<rows> outcome) {
    done.outcome = std::move(outcome);
    done.done = true;
    if (!done.resume) return;  // not suspended yet: run() looks at `done`
    finished_.push_back(&done);
    resume_soon();
}

void pool::again(request& aborted) {
    submit(aborted);
}

void pool::forget(request& r) {
    if (!r.done && r.where)
        r.where->abandon(r);
    else
        std::erase(r.done ? finished_ : waiting_, &r);
}

void pool::cancel(request& r) {
    if (r.done) return;
    forget(r);
    finish(r, error{errc::cancelled, public_text{"the request was cancelled"}});
}

// Callers resume after the replies at hand are all taken, never in between.
void pool::resume_finished() {
    if (resuming_) return;
    resuming_ = true;
    while (!finished_.empty()) {
        auto resume = std::move(*finished_.front()->resume);
        finished_.pop_front();
        std::move(resume)();
    }
    resuming_ = false;
}

void pool::resume_soon() {
    if (resuming_ || resume_posted_) return;
    resume_posted_ = true;
    asio::post(executor_, [self = self_] {
        if (!*self) return;
        (*self)->resume_posted_ = false;
        (*self)->resume_finished();
    });
}

void pool::send_waiting() {
    while (!waiting_.empty()) {
        auto* const c = best();
        if (!c) return;
        auto* const next = waiting_.front();
        waiting_.pop_front();
        c->send(*next, tick_);
    }
}

void pool::fail_waiting(error const& why) {
    while (!waiting_.empty()) {
        auto* const next = waiting_.front();
        waiting_.pop_front();
        finish(*next, why);
    }
}

void pool::replied() {
    count();
    resume_finished();
    send_waiting();
}

void pool::opened() {
    state_changed_.cancel();
    send_waiting();
    count();
}

void pool::closed() {
    state_changed_.cancel();
    count();
    bool const hope = is_up() || std::ranges::any_of(channels_, [](auto& c) { return c->is_hopeful(); });
    if (!hope) fail_waiting(unavailable(channels_.front()->problem()));
}

void pool::flush_soon(channel& which) {
    to_flush_.push_back(&which);
    if (to_flush_.size() > 1) return;
    asio::post(executor_, [self = self_] {
        if (!*self) return;
        auto& pool = **self;
        for (auto* c : std::exchange(pool.to_flush_, {}))
            c->flush(pool.tick_);
        pool.count();
    });
}

void pool::count() {
    std::uint64_t open = 0, in_flight = 0;
    for (auto const& c : channels_) {
        open += c->is_open();
        in_flight += c->in_flight();
    }
    pool_stats::set(stats_.connections_open, open);
    pool_stats::set(stats_.requests_in_flight, in_flight);
    pool_stats::set(stats_.requests_waiting, waiting_.size());
}

awaitable<void> pool::sweep() {
    asio::steady_timer timer(executor_);
    auto const patience = std::uint64_t((options_.statement_timeout + options_.silence) / sweep_period);
    for (;;) {
        timer.expires_after(sweep_period);
        co_await timer.async_wait(asio::use_awaitable);
        ++tick_;
        auto const now = std::chrono::steady_clock::now();
        for (auto& c : channels_)
            c->sweep(now, tick_ > patience ? tick_ - patience : 0);
        std::vector<request*> expired;
        std::ranges::copy_if(waiting_, std::back_inserter(expired), [&](auto* r) { return r->limit <= now; });
        std::erase_if(waiting_, [&](auto* r) { return r->limit <= now; });
        for (auto* r : expired)
            finish(*r, timed_out(r->what.name));
        resume_finished();
        send_waiting();
        sessions_.sweep();
        count();
    }
}

}  // namespace vanna::postgres
