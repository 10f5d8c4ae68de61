#include <sysexits.h>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>

#include "core/async/awaitable.hpp"
#include "server/cli/commands.hpp"

namespace vanna::cli {
namespace {

namespace beast = boost::beast;

// The status of one GET, or what went wrong; five seconds at most.
awaitable<result<unsigned>> get(std::string host, std::string port, std::string path) {
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    beast::tcp_stream stream(executor);
    stream.expires_after(std::chrono::seconds(5));
    try {
        auto const where = co_await resolver.async_resolve(host, port, asio::use_awaitable);
        co_await stream.async_connect(where, asio::use_awaitable);
        beast::http::request<beast::http::empty_body> ask{beast::http::verb::get, path, 11};
        ask.set(beast::http::field::host, host);
        ask.set(beast::http::field::connection, "close");
        co_await beast::http::async_write(stream, ask, asio::use_awaitable);
        beast::flat_buffer buffer;
        beast::http::response<beast::http::string_body> answer;
        co_await beast::http::async_read(stream, buffer, answer, asio::use_awaitable);
        co_return answer.result_int();
    } catch (boost::system::system_error const& e) {
        co_return error{errc::unavailable, public_text{e.code().message()}};
    }
}

}  // namespace

int run_healthcheck(command_line const& line, config::settings const& s) {
    auto const host = s.host == "0.0.0.0" || s.host == "::" ? "127.0.0.1" : s.host;
    auto const path = line.has("ready") ? "/health/ready" : "/health/live";
    asio::io_context context(1);
    result<unsigned> status = error{errc::unavailable, public_text{"no answer"}};
    asio::co_spawn(
        context, [&]() -> awaitable<void> { status = co_await get(host, std::to_string(s.port), path); },
        [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
    context.run();
    if (status && *status == 200) return 0;
    auto const why = status ? "status " + std::to_string(*status) : status.error().message;
    std::fprintf(stderr, "vanna-engine: %s:%llu%s: %s\n", host.c_str(),
                 static_cast<unsigned long long>(s.port), path, why.c_str());
    return EX_UNAVAILABLE;
}

}  // namespace vanna::cli
