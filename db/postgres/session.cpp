#include "db/postgres/session.hpp"

#include <libpq-fe.h>

#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

session::session(std::unique_ptr<connection> owned) : connection_(std::move(owned)) {}

awaitable<result<std::unique_ptr<session>>> session::open(address to, deadline limit) {
    auto opened = co_await connection::open(std::move(to), limit);
    if (!opened) co_return opened.error();
    co_return std::make_unique<session>(std::move(*opened));
}

awaitable<result<rows>> session::execute(std::string sql, params values, deadline limit) {
    auto const pointers = values.pointers();
    if (PQsendQueryParams(connection_->get(), sql.c_str(), int(pointers.size()), nullptr, pointers.data(),
                          nullptr, nullptr, 0) == 0) {
        is_broken_ = true;
        co_return unavailable(message_of(connection_->get()));
    }
    co_return co_await finish(std::move(sql), limit);
}

awaitable<result<void>> session::script(std::string sql, deadline limit) {
    if (PQsendQuery(connection_->get(), sql.c_str()) == 0) {
        is_broken_ = true;
        co_return unavailable(message_of(connection_->get()));
    }
    auto outcome = co_await finish(std::move(sql), limit);
    if (!outcome) co_return outcome.error();
    co_return result<void>{};
}

awaitable<result<void>> session::begin(deadline limit) {
    auto const left = std::chrono::floor<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
    auto const milliseconds = std::to_string(std::clamp<std::int64_t>(left.count(), 1, INT32_MAX));
    return script("begin; set local statement_timeout = " + milliseconds, limit);
}

awaitable<result<void>> session::commit(deadline limit) {
    return script("commit", limit);
}

awaitable<result<void>> session::rollback(deadline limit) {
    return script("rollback", limit);
}

// The statement begins the context of a log line: enough of it to be recognised.
awaitable<result<rows>> session::finish(std::string context, deadline limit) {
    asio::steady_timer alarm(co_await asio::this_coro::executor, limit);
    alarm.async_wait([socket = std::weak_ptr<connection>(connection_)](boost::system::error_code stopped) {
        auto const open = socket.lock();
        boost::system::error_code ignored;
        if (!stopped && open) open->socket().cancel(ignored);
    });
    context.resize(std::min<std::size_t>(context.size(), 60));
    is_broken_ = true;  // until the reply is complete: an exception leaves it so
    auto outcome = co_await take_replies(context, limit);
    is_broken_ = PQstatus(connection_->get()) != CONNECTION_OK ||
                 PQtransactionStatus(connection_->get()) == PQTRANS_ACTIVE;
    co_return outcome;
}

awaitable<result<rows>> session::take_replies(std::string const& context, deadline limit) {
    auto* const raw = connection_->get();
    result<rows> outcome = rows{};
    for (bool writing = true;;) {
        if (writing) {
            int const rest = PQflush(raw);
            if (rest < 0) co_return unavailable(message_of(raw));
            writing = rest > 0;
        }
        while (PQisBusy(raw) == 0) {
            auto* const reply = PQgetResult(raw);
            if (!reply) co_return outcome;
            rows taken(reply);
            auto const status = PQresultStatus(reply);
            if (!outcome) continue;
            if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
                outcome = translate(reply, context);
            else
                outcome = std::move(taken);
        }
        // With output left, libpq wants both directions served, or a large script could lock both ends.
        auto const failure = writing ? co_await connection_->writable() : co_await connection_->readable();
        if (std::chrono::steady_clock::now() >= limit) co_return timed_out(context);
        if (failure && failure != asio::error::operation_aborted) co_return unavailable(failure.message());
        if (PQconsumeInput(raw) == 0) co_return unavailable(message_of(raw));
    }
}

bool session::is_reusable() const {
    return !is_broken_ && PQstatus(connection_->get()) == CONNECTION_OK &&
           PQtransactionStatus(connection_->get()) == PQTRANS_IDLE;
}

bool session::is_alive() {
    // Twice: a farewell message and the end of the stream behind it are two reads.
    auto* const raw = connection_->get();
    return PQconsumeInput(raw) != 0 && PQconsumeInput(raw) != 0 && is_reusable();
}

}  // namespace vanna::postgres
