#include "db/postgres/target/link.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include "db/postgres/target/canceller.hpp"
#include "db/postgres/target/errors.hpp"

namespace vanna::pg_target {
namespace {

constexpr int look_interval = 20;  // milliseconds between two looks at the watch
constexpr std::size_t large_reply = 8u << 20;
constexpr auto patience = std::chrono::milliseconds(500);  // for the end of what was cancelled
constexpr auto ending = std::chrono::seconds(2);           // for ROLLBACK, which does nothing
constexpr std::string_view cancelled_state = "57014";      // query_canceled

void ignore_notice(void*, PGresult const*) {}

// True: the descriptor is ready. False: look at the watch.
bool ready(int descriptor, short events) {
    pollfd one{descriptor, events, 0};
    return ::poll(&one, 1, look_interval) > 0;
}

bool is_failure(pg_result const* reply) {
    auto const status = PQresultStatus(reply);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

std::string_view state_of(pg_result const* failed) {
    char const* state = PQresultErrorField(failed, PG_DIAG_SQLSTATE);
    return state ? state : std::string_view();
}

std::vector<char const*> pointers(parameters const& with) {
    std::vector<char const*> out;
    for (auto const& value : with.values)
        out.push_back(value ? value->c_str() : nullptr);
    return out;
}

}  // namespace

link::~link() {
    PQfinish(connection_);
}

result<std::unique_ptr<link>> link::open(postgres::connect_words const& words, watch const& until) {
    std::vector<char const*> names, values;
    for (auto const& [name, value] : words) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    std::unique_ptr<link> made(new link(PQconnectStartParams(names.data(), values.data(), 0)));
    if (auto ok = made->shake_hands(until); !ok) return ok.error();
    return made;
}

result<void> link::shake_hands(watch const& until) {
    if (!connection_ || PQstatus(connection_) == CONNECTION_BAD) return unreachable(connection_);
    PQsetNoticeReceiver(connection_, ignore_notice, nullptr);
    for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;) {
        if (step == PGRES_POLLING_FAILED) return unreachable(connection_);
        short const wanted = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        while (!ready(PQsocket(connection_), wanted))
            if (auto const why = until.cause()) return *why;
        step = PQconnectPoll(connection_);
    }
    PQsetnonblocking(connection_, 1);
    return {};
}

result<void> link::sent(int outcome) {
    if (outcome != 0) return {};
    return give_up(unreachable(connection_));
}

int link::send(std::string const& sql, parameters const& with) {
    auto const values = pointers(with);
    return PQsendQueryParams(connection_, sql.c_str(), int(values.size()), with.types.data(), values.data(),
                             nullptr, nullptr, 0);
}

result<rows> link::script(std::string const& sql, watch const& until) {
    if (auto ok = sent(PQsendQuery(connection_, sql.c_str())); !ok) return ok.error();
    return last_reply(until);
}

result<rows> link::execute(std::string const& sql, parameters const& with, watch const& until) {
    if (auto ok = sent(send(sql, with)); !ok) return ok.error();
    return last_reply(until);
}

result<rows> link::describe(std::string const& sql, parameters const& with, watch const& until) {
    if (auto ok =
            sent(PQsendPrepare(connection_, "", sql.c_str(), int(with.types.size()), with.types.data()));
        !ok)
        return ok.error();
    if (auto prepared = last_reply(until); !prepared) return prepared.error();
    if (auto ok = sent(PQsendDescribePrepared(connection_, "")); !ok) return ok.error();
    return last_reply(until);
}

result<rows> link::last_reply(watch const& until) {
    result<rows> outcome = rows{};
    for (;;) {
        auto next = reply(until);
        if (!next && lost_) return next;
        if (next && !next->reply()) return outcome;
        if (outcome) outcome = std::move(next);
    }
}

void link::end_transaction() {
    if (lost_) return;
    auto const ended = script("rollback; select pg_catalog.pg_advisory_unlock_all()", watch(after(ending)));
    if (!ended) lost_ = true;  // its locks may be held still
}

result<void> link::begin_rows(std::string const& sql) {
    if (auto ok = sent(PQsendQuery(connection_, sql.c_str())); !ok) return ok.error();
    PQsetSingleRowMode(connection_);
    between_rows_ = true;
    return {};
}

result<void> link::begin_rows(std::string const& sql, parameters const& with) {
    if (auto ok = sent(send(sql, with)); !ok) return ok.error();
    PQsetSingleRowMode(connection_);
    between_rows_ = true;
    return {};
}

result<rows> link::next_row(watch const& until) {
    for (;;) {
        auto next = reply(until);
        if (!next) {
            drain();
            return next;
        }
        if (!next->reply()) {
            between_rows_ = false;
            return next;
        }
        if (PQresultStatus(next->reply()) == PGRES_SINGLE_TUPLE) return next;
    }
}

void link::stop_rows() {
    if (!between_rows_) return;
    if (cancel()) drain();
}

void link::drain() {
    between_rows_ = false;
    watch const soon(after(patience));
    while (!lost_) {
        auto const rest = reply(soon);
        if (rest && !rest->reply()) return;
    }
}

// The next result; null at the end of a command.
result<rows> link::reply(watch const& until) {
    if (auto ok = wait_for_reply(until); !ok) return ok.error();
    rows taken(PQgetResult(connection_));
    if (taken.reply() && PQresultMemorySize(taken.reply()) > large_reply) is_swollen_ = true;
    if (!taken.reply() || !is_failure(taken.reply())) return taken;
    if (PQstatus(connection_) != CONNECTION_OK) return give_up(statement_error(taken.reply()));
    if (state_of(taken.reply()) == cancelled_state)
        if (auto const why = until.cause()) return *why;
    return statement_error(taken.reply());
}

result<void> link::wait_for_reply(watch const& until) {
    std::optional<deadline> given_up_at;
    std::optional<error> why;
    for (;;) {
        int const unsent = PQflush(connection_);
        if (unsent < 0) return give_up(unreachable(connection_));
        if (PQisBusy(connection_) == 0) return {};
        bool const is_ready = ready(PQsocket(connection_), short(unsent > 0 ? POLLIN | POLLOUT : POLLIN));
        if (is_ready && PQconsumeInput(connection_) == 0) return give_up(unreachable(connection_));
        if (given_up_at && std::chrono::steady_clock::now() >= *given_up_at) return give_up(std::move(*why));
        if (given_up_at || !(why = until.cause())) continue;
        given_up_at = after(patience);
        if (!cancel()) return give_up(std::move(*why));
    }
}

error link::give_up(error why) {
    lost_ = true;
    between_rows_ = false;
    return why;
}

bool link::cancel() {
    if (cancel_within(connection_, patience)) return true;
    lost_ = true;
    between_rows_ = false;
    return false;
}

bool link::is_reusable() {
    if (lost_ || between_rows_ || is_swollen_) return false;
    // Twice: a farewell message and the end of the stream behind it are two reads.
    return PQconsumeInput(connection_) != 0 && PQconsumeInput(connection_) != 0 &&
           PQstatus(connection_) == CONNECTION_OK && PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

}  // namespace vanna::pg_target
