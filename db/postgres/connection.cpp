#include "db/postgres/connection.hpp"

#include <fcntl.h>
#include <libpq-fe.h>

#include "core/log.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {
namespace {

void log_notice(void*, PGresult const* notice) {
    if (!log::enabled(log::level::debug)) return;
    char const* message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    log::debug("PostgreSQL notice", {{"notice", message ? message : ""}});
}

pg_conn* start(connect_words const& words) {
    std::vector<char const*> names, values;
    for (auto const& [name, value] : words) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectStartParams(names.data(), values.data(), 0);
}

}  // namespace

connection::~connection() {
    PQfinish(connection_);
}

int connection::server_version() const {
    return PQserverVersion(connection_);
}

bool connection::watch_socket() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    int const copy = fcntl(PQsocket(connection_), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return false;
    socket_.assign(copy);
    return true;
}

awaitable<boost::system::error_code> connection::readable() {
    auto const [failure] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                       asio::as_tuple(asio::use_awaitable));
    co_return failure;
}

awaitable<boost::system::error_code> connection::writable() {
    auto const [failure] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                                                       asio::as_tuple(asio::use_awaitable));
    co_return failure;
}

awaitable<result<std::unique_ptr<connection>>> connection::handshake(connect_words words) {
    std::unique_ptr<connection> made(new connection(start(words), co_await asio::this_coro::executor));
    if (PQstatus(made->connection_) == CONNECTION_BAD) co_return unavailable(message_of(made->connection_));
    PQsetNoticeReceiver(made->connection_, log_notice, nullptr);
    for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;) {
        if (step == PGRES_POLLING_FAILED) co_return unavailable(message_of(made->connection_));
        if (!made->watch_socket()) co_return unavailable("no file descriptor is free");
        auto const failure =
            step == PGRES_POLLING_READING ? co_await made->readable() : co_await made->writable();
        if (failure) co_return unavailable(failure.message());
        step = PQconnectPoll(made->connection_);
    }
    if (!made->watch_socket()) co_return unavailable("no file descriptor is free");
    PQsetnonblocking(made->connection_, 1);
    co_return made;
}

awaitable<result<std::unique_ptr<connection>>> connection::open(address to, deadline limit) {
    auto words = co_await to.resolve(limit);
    if (!words) co_return words.error();
    auto opened = co_await with_deadline(handshake(std::move(*words)), limit);
    if (!opened && opened.error().code == errc::deadline_exceeded)
        co_return unavailable("no answer from " + to.display() + " while connecting");
    co_return opened;
}

}  // namespace vanna::postgres
