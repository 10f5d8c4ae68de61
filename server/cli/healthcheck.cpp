#include <sysexits.h>

#include <cstdio>

#include "core/net/http_client.hpp"
#include "server/cli/commands.hpp"

namespace vanna::cli {
namespace {

std::string told(error const& e) {
    return e.detail.empty() ? e.message : e.message + " (" + e.detail + ")";
}

}  // namespace

int run_healthcheck(command_line const& line, config::settings const& s) {
    auto const host = s.host == "0.0.0.0" || s.host == "::" ? "127.0.0.1" : s.host;
    std::string const path = line.has("ready") ? "/health/ready" : "/health/live";
    asio::io_context context(1);
    std::string problem = "no answer";
    asio::co_spawn(
        context,
        [&]() -> awaitable<void> {
            net::http_client client(
                co_await asio::this_coro::executor,
                {.tls = !s.tls_cert_file.empty(), .host = host, .port = std::uint16_t(s.port), .base = {}},
                {.own_certificate_file = s.tls_cert_file});
            auto const answer = co_await client.request({.target = path}, after(std::chrono::seconds(5)));
            problem = !answer                 ? told(answer.error())
                      : answer->status == 200 ? ""
                                              : "status " + std::to_string(answer->status);
        },
        [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
    context.run();
    if (problem.empty()) return 0;
    std::fprintf(stderr, "vanna-engine: %s:%llu%s: %s\n", host.c_str(),
                 static_cast<unsigned long long>(s.port), path.c_str(), problem.c_str());
    return EX_UNAVAILABLE;
}

}  // namespace vanna::cli
