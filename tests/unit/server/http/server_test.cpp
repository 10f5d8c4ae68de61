#include "server/http/server.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>

#include "core/metrics_families.hpp"
#include "server/http/metrics.hpp"
#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

// Prometheus's own judge of names, help texts and histograms; its remarks, or nothing.
std::string promtool(std::string const& text) {
    std::string const file = "/tmp/vanna-metrics-" + std::to_string(::getpid()), out = file + ".out";
    std::ofstream(file) << text;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, file.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    char name[] = "promtool", check[] = "check", metrics[] = "metrics";
    char* const words[] = {name, check, metrics, nullptr};
    pid_t child = 0;
    int status = ::posix_spawnp(&child, name, &files, nullptr, words, environ);
    if (status == 0) ::waitpid(child, &status, 0);
    posix_spawn_file_actions_destroy(&files);
    std::ifstream in(out);
    std::string said{std::istreambuf_iterator<char>(in), {}};
    ::unlink(file.c_str());
    ::unlink(out.c_str());
    return status == 0 ? said : said + " (exit " + std::to_string(status) + ")";
}

struct world {};
response answer(world&, request&) {
    return {};
}
constexpr route table[] = {{method::get, "/", to<&answer>}};

}  // namespace

BOOST_AUTO_TEST_SUITE(servers)

BOOST_AUTO_TEST_CASE(workers_share_one_port_and_all_of_them_serve) {
    served site({}, 3);
    for (int i = 0; i < 200; ++i)
        BOOST_TEST(site.connect().get("/health/live").status == 200);
    for (std::size_t i = 0; i < 3; ++i)
        BOOST_TEST(site.server().counts(i).accepted.get() > 0u);
}

BOOST_AUTO_TEST_CASE(a_taken_address_is_named_with_the_way_out) {
    served site;
    world w;
    runtime workers(1);
    router const routes{table};
    // Not of our SO_REUSEPORT group: an address of this machine that belongs to another program.
    server elsewhere(workers, {.host = "192.0.2.1", .port = site.port()}, routes, {{w, nullptr}});
    auto const opened = elsewhere.open();
    BOOST_REQUIRE(!opened);
    BOOST_TEST(
        opened.error().message.starts_with("cannot listen on 192.0.2.1:" + std::to_string(site.port())));
    server nowhere(workers, {.host = "not an address"}, routes, {{w, nullptr}});
    BOOST_TEST(nowhere.open().error().message.starts_with("HOST is \"not an address\""));
}

BOOST_AUTO_TEST_CASE(a_second_server_does_not_share_the_port_of_the_first) {
    served site({}, 2);
    world w;
    runtime workers(1);
    router const routes{table};
    server second(workers, {.port = site.port()}, routes, {{w, nullptr}});
    auto const opened = second.open();
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == errc::unavailable));
    BOOST_TEST(opened.error().message.find("another program listens there") != std::string::npos);
    BOOST_TEST(site.connect().get("/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(a_context_of_another_type_does_not_start) {
    struct other {
    } o;
    world w;
    runtime workers(1);
    router const routes{table};
    BOOST_CHECK_THROW(server(workers, {}, routes, {{o, nullptr}}), std::logic_error);
    BOOST_CHECK_THROW(server(workers, {}, routes, {{w, nullptr}, {w, nullptr}}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(what_was_served_is_counted_and_promtool_has_nothing_to_say) {
    served site;
    work_pool pool("cpu", 1, 1);
    auto client = site.connect();
    client.get("/echo/one");
    client.get("/echo/two");
    client.get("/nothing/user-input");
    client.get("/failing");
    client.send("BREW /echo/one HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read();
    auto const counted = [&] {  // a reply is counted once it is sent
        auto const other = site.server().routes().size() + std::size_t(method::other);
        timings::total times;
        times.add(site.counts().lines()[other].times);
        return times.count() != 0;
    };
    served::eventually(counted, "the last request is counted");
    metrics::registry all;
    all.source([&](metrics::page& to) {
        server_metrics(to, site.server());
        pool_metrics(to, pool);
        metrics::process_metrics(to);
    });
    all.counter(metrics::admin_operations, {{"action", "vacuum"}, {"outcome", "done"}}).add();
    all.histogram(metrics::job_duration, {{"type", "backup"}}).observe(3);
    auto const text = all.text();
    auto const holds = [&](char const* part) { return text.find(part) != text.npos; };
    BOOST_TEST(holds("vanna_http_requests_total{route=\"/echo/{text}\",method=\"GET\",status=\"200\"} 2"));
    BOOST_TEST(holds("vanna_http_requests_total{route=\"unmatched\",method=\"GET\",status=\"404\"} 1"));
    BOOST_TEST(holds("vanna_http_requests_total{route=\"unmatched\",method=\"OTHER\",status=\"405\"} 1"));
    BOOST_TEST(holds("vanna_http_requests_total{route=\"/failing\",method=\"GET\",status=\"422\"} 1"));
    BOOST_TEST(holds("vanna_http_request_duration_seconds_count{route=\"/echo/{text}\",method=\"GET\"} 2"));
    BOOST_TEST(holds("vanna_http_connections 1\n"));
    BOOST_TEST(!holds("user-input"));
    BOOST_TEST(promtool(text) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
