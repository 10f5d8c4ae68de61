#include "core/ask/http_embedder.hpp"

#include "core/ask/embeddings_api.hpp"
#include "core/ask/openai_path.hpp"
#include "core/net/service_client.hpp"

namespace vanna::ask {
namespace {

constexpr std::size_t most_texts = 256;  // a request; hosted services take no more of long ones
constexpr char probe[] = "dimension";

class http_embedder final : public embedder {
  public:
    http_embedder(asio::any_io_executor executor, http_embedder_options how)
        : model_(std::move(how.model)),
          batch_(std::clamp<std::size_t>(how.batch_size, 1, most_texts)),
          service_(std::move(executor), std::move(how.at),
                   {.called = "the embedder",
                    .key = std::move(how.key),
                    .key_setting = "EMBEDDING_API_KEY",
                    .place_settings = "EMBEDDING_URL and EMBEDDING_MODEL",
                    .call_limit = how.call_limit,
                    .first_pause = how.first_pause,
                    .most_answer_bytes = how.most_answer_bytes},
                   std::make_shared<net::circuit_breaker>()) {}

    std::string fingerprint() const override {
        return dimension_ == 0 ? "" : "http:" + model_ + ":" + std::to_string(dimension_);
    }
    std::size_t dimension() const override { return dimension_; }

    awaitable<result<void>> ready(deadline limit) override {
        if (dimension_ != 0) co_return result<void>{};
        std::vector<std::string> text;
        text.emplace_back(probe);
        auto const made = co_await embed(std::move(text), limit);
        if (!made) co_return made.error();
        co_return result<void>{};
    }

    awaitable<result<std::vector<embedding>>> embed(std::vector<std::string> texts, deadline limit) override {
        auto const path = openai_path(service_.at().base, "/embeddings");
        std::vector<embedding> out;
        out.reserve(texts.size());
        for (std::size_t at = 0; at < texts.size(); at += batch_) {
            auto const part =
                std::span<std::string const>(texts).subspan(at, std::min(batch_, texts.size() - at));
            auto body = co_await service_.post(path, embeddings_api::request(model_, part), limit);
            if (!body) co_return body.error();
            auto vectors = embeddings_api::read(*body, part.size(), dimension_);
            if (!vectors) co_return service_.about(vectors.error());
            dimension_ = vectors->front().size();
            std::move(vectors->begin(), vectors->end(), std::back_inserter(out));
        }
        co_return out;
    }

  private:
    std::string model_;
    std::size_t batch_;
    net::service_client service_;
    std::size_t dimension_ = 0;
};

}  // namespace

std::unique_ptr<embedder> create_http_embedder(asio::any_io_executor executor, http_embedder_options how) {
    return std::make_unique<http_embedder>(std::move(executor), std::move(how));
}

}  // namespace vanna::ask
