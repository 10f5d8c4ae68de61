#include <boost/test/unit_test.hpp>

#include "core/async/task_group.hpp"
#include "core/net/http_client.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/core/net/scripted_server.hpp"

namespace vanna::net {
namespace {

using test::read_request;
using test::scripted_server;
using test::tcp;

}  // namespace

BOOST_AUTO_TEST_SUITE(http_slots)

BOOST_AUTO_TEST_CASE(a_call_that_never_gets_a_connection_is_not_the_services_fault) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await read_request(socket, buffer);
        });
        http_client client(executor, server.origin(), {.most_connections = 1});
        task_group group(executor);
        group.spawn("silent", [&]() -> awaitable<void> {
            auto const reply = co_await client.request({}, after(std::chrono::milliseconds(100)));
            BOOST_TEST(int(reply.error().code) == int(errc::deadline_exceeded));
        });
        group.spawn("waiting", [&]() -> awaitable<void> {
            auto const reply = co_await client.request({}, after(std::chrono::milliseconds(30)));
            BOOST_TEST(int(reply.error().code) == int(errc::overloaded));
        });
        co_await group.wait();
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::net
