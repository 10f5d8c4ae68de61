#include "db/chroma/transport.hpp"

#include "core/net/http_client.hpp"

namespace vanna::chroma {
namespace {

net::origin origin_of(std::string host, std::uint16_t port) {
    net::origin out;
    out.host = std::move(host);
    out.port = port;
    return out;
}

class http_transport : public transport {
  public:
    http_transport(asio::any_io_executor executor, std::string host, std::uint16_t port)
        : client_(std::move(executor), origin_of(std::move(host), port)) {}

    awaitable<result<reply>> send(std::string method, std::string path, std::string body,
                                  deadline limit) override {
        net::http_request request{std::move(method), std::move(path), std::move(body), {}};
        if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
        auto answer = co_await client_.request(std::move(request), limit);
        if (!answer) {
            auto const& failed = answer.error();
            if (failed.code != errc::unavailable) co_return failed;
            co_return error{errc::unavailable, public_text{"ChromaDB cannot be reached"},
                            internal_text{failed.message + " " + failed.detail}};
        }
        co_return reply{int(answer->status), std::move(answer->body)};
    }

  private:
    net::http_client client_;
};

}  // namespace

std::unique_ptr<transport> connect(asio::any_io_executor executor, std::string host, std::uint16_t port) {
    return std::make_unique<http_transport>(std::move(executor), std::move(host), port);
}

}  // namespace vanna::chroma
