#include "db/postgres/copy.hpp"

#include <libpq-fe.h>

#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {
namespace {

constexpr std::int64_t rows_between_questions = 256;

// One end of a copy: the waits that libpq's non-blocking calls ask for. Times out by its own alarm.
class copy_end {
  public:
    copy_end(session& on, std::string statement, deadline limit)
        : link_(on.link()), raw_(link_.get()), statement_(std::move(statement)), limit_(limit) {}

    // Resumes once the server is in the state that the statement leads to.
    awaitable<result<void>> begin(ExecStatusType wanted) {
        if (PQsendQuery(raw_, statement_.c_str()) == 0) co_return unavailable(message_of(raw_));
        if (auto const sent = co_await flush(); !sent) co_return sent;
        if (auto const here = co_await reply(); !here) co_return here;
        rows const first(PQgetResult(raw_));
        if (PQresultStatus(first.reply()) != wanted) co_return translate(first.reply(), context());
        co_return result<void>{};
    }

    // Nothing in it: the rows have ended. The row dies with the next call.
    awaitable<result<std::string_view>> read() {
        release();
        for (;;) {
            int const size = PQgetCopyData(raw_, &row_, 1);
            if (size > 0) co_return std::string_view(row_, std::size_t(size));
            if (size == -1) co_return std::string_view{};
            if (size == -2) co_return unavailable(message_of(raw_));
            if (auto const more = co_await input(); !more) co_return more.error();
        }
    }

    awaitable<result<void>> write(std::string_view row) {
        // 0: it could not be queued, and nothing is sent ahead of it here.
        if (PQputCopyData(raw_, row.data(), int(row.size())) != 1) co_return unavailable(message_of(raw_));
        co_return co_await flush();
    }

    awaitable<result<void>> end_writing() {
        if (PQputCopyEnd(raw_, nullptr) != 1) co_return unavailable(message_of(raw_));
        co_return co_await flush();
    }

    // The outcome of the statement, once no row is left.
    awaitable<result<void>> outcome() {
        result<void> out;
        for (;;) {
            if (auto const here = co_await reply(); !here) co_return here;
            auto* const last = PQgetResult(raw_);
            if (!last) co_return out;
            rows const taken(last);
            if (out && PQresultStatus(last) != PGRES_COMMAND_OK) out = translate(last, context());
        }
    }

    ~copy_end() { release(); }

  private:
    awaitable<result<void>> flush() {
        for (;;) {
            int const rest = PQflush(raw_);
            if (rest == 0) co_return result<void>{};
            if (rest < 0) co_return unavailable(message_of(raw_));
            auto const failure = co_await link_.writable();
            if (auto const fine = judge(failure); !fine) co_return fine;
            if (PQconsumeInput(raw_) == 0) co_return unavailable(message_of(raw_));
        }
    }
    awaitable<result<void>> input() {
        auto const failure = co_await link_.readable();
        if (auto const fine = judge(failure); !fine) co_return fine;
        if (PQconsumeInput(raw_) == 0) co_return unavailable(message_of(raw_));
        co_return result<void>{};
    }
    awaitable<result<void>> reply() {
        while (PQisBusy(raw_) != 0)
            if (auto const more = co_await input(); !more) co_return more;
        co_return result<void>{};
    }
    result<void> judge(boost::system::error_code failure) const {
        if (std::chrono::steady_clock::now() >= limit_) return timed_out(context());
        if (failure) return unavailable(failure.message());
        return {};
    }
    std::string context() const { return statement_.substr(0, 60); }
    void release() {
        if (row_) PQfreemem(row_);
        row_ = nullptr;
    }

    connection& link_;
    pg_conn* raw_;
    std::string statement_;
    deadline limit_;
    char* row_ = nullptr;
};

copied refused(bool is_source, error why) {
    return {0, copy_failure{is_source, std::move(why)}};
}

awaitable<copied> move_rows(copy_end& from, copy_end& to, std::function<result<void>()> const& may_go_on) {
    copied out;
    if (auto const begun = co_await from.begin(PGRES_COPY_OUT); !begun)
        co_return refused(true, begun.error());
    if (auto const begun = co_await to.begin(PGRES_COPY_IN); !begun) co_return refused(false, begun.error());
    for (;; ++out.rows) {
        if (out.rows % rows_between_questions == 0)
            if (auto const on = may_go_on(); !on) co_return refused(false, on.error());
        auto const row = co_await from.read();
        if (!row) co_return refused(true, row.error());
        if (row->empty()) break;
        if (auto const written = co_await to.write(*row); !written) co_return refused(false, written.error());
    }
    if (auto const complete = co_await from.outcome(); !complete) co_return refused(true, complete.error());
    if (auto const sent = co_await to.end_writing(); !sent) co_return refused(false, sent.error());
    if (auto const taken = co_await to.outcome(); !taken) co_return refused(false, taken.error());
    co_return out;
}

}  // namespace

awaitable<copied> copy_rows(session& from, std::string from_statement, session& to, std::string to_statement,
                            std::function<result<void>()> may_go_on, deadline limit) {
    copy_end source(from, std::move(from_statement), limit), target(to, std::move(to_statement), limit);
    asio::steady_timer alarm(co_await asio::this_coro::executor, limit);
    struct wake {
        std::weak_ptr<connection> a, b;
        void operator()(boost::system::error_code stopped) const {
            boost::system::error_code ignored;
            for (auto const& one : {a.lock(), b.lock()})
                if (!stopped && one) one->socket().cancel(ignored);
        }
    };
    alarm.async_wait(wake{from.shared_link(), to.shared_link()});
    co_return co_await move_rows(source, target, may_go_on);
}

}  // namespace vanna::postgres
