#include "core/ask/http_embedder.hpp"

#include <charconv>

#include "core/ask/embeddings_api.hpp"
#include "core/net/http_client.hpp"

namespace vanna::ask {
namespace {

constexpr int most_tries = 3;
constexpr std::size_t most_texts = 256;  // a request; hosted services take no more of long ones
constexpr auto longest_pause = std::chrono::seconds(20);
constexpr char probe[] = "dimension";

// Retry-After in seconds; its other form, a date, counts as not there.
std::optional<std::chrono::milliseconds> pause_asked_for(net::http_reply const& from) {
    auto const text = from.header("retry-after");
    unsigned seconds = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return {};
    return std::chrono::seconds(std::min(seconds, 86400u));
}

class http_embedder final : public embedder {
  public:
    http_embedder(asio::any_io_executor executor, http_embedder_options how)
        : how_(std::move(how)),
          name_("the embedder at " + std::string(how_.at.tls ? "https://" : "http://") + how_.at.authority()),
          client_(std::move(executor), how_.at,
                  {.most_connections = 4, .most_body = how_.most_answer_bytes}) {}

    std::string fingerprint() const override {
        return dimension_ == 0 ? "" : "http:" + how_.model + ":" + std::to_string(dimension_);
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
        std::vector<embedding> out;
        out.reserve(texts.size());
        auto const size = std::clamp<std::size_t>(how_.batch_size, 1, most_texts);
        for (std::size_t at = 0; at < texts.size(); at += size) {
            auto const part =
                std::span<std::string const>(texts).subspan(at, std::min(size, texts.size() - at));
            auto body = co_await call(embeddings_api::request(how_.model, part), limit);
            if (!body) co_return body.error();
            auto vectors = embeddings_api::read(*body, part.size(), dimension_);
            if (!vectors) co_return about(vectors.error());
            dimension_ = vectors->front().size();
            std::move(vectors->begin(), vectors->end(), std::back_inserter(out));
        }
        co_return out;
    }

  private:
    struct failed_try {
        error why;
        bool may_pass = false;
        std::optional<std::chrono::milliseconds> pause = {};
    };

    awaitable<result<std::string>> call(std::string body, deadline limit) {
        auto pause = how_.first_pause;
        for (int tries = 1;; ++tries) {
            failed_try failed;
            if (auto answer = co_await attempt(body, limit, failed)) co_return std::move(*answer);
            if (!failed.may_pass || tries == most_tries) co_return failed.why;
            auto const wait = std::max(pause, failed.pause.value_or(std::chrono::milliseconds(0)));
            if (wait > longest_pause || after(wait) >= limit) co_return failed.why;
            asio::steady_timer timer(co_await asio::this_coro::executor, wait);
            co_await timer.async_wait(asio::use_awaitable);
            pause *= 2;
        }
    }

    // The body of a good answer; nothing, and what went wrong in `failed`.
    awaitable<std::optional<std::string>> attempt(std::string const& body, deadline limit,
                                                  failed_try& failed) {
        net::http_request request{"POST", embeddings_api::path_below(how_.at.base), body, {}};
        request.headers.emplace_back("Content-Type", "application/json");
        if (!how_.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + how_.key);
        auto answer = co_await client_.request(std::move(request), std::min(limit, after(how_.call_limit)));
        if (!answer) {
            auto const code = answer.error().code;
            bool const has_time = std::chrono::steady_clock::now() < limit;
            failed = {about(answer.error()),
                      has_time && (code == errc::unavailable || code == errc::deadline_exceeded)};
            co_return std::nullopt;
        }
        if (answer->status == 200) co_return std::move(answer->body);
        failed = refused(*answer);
        co_return std::nullopt;
    }

    failed_try refused(net::http_reply const& answer) const {
        bool const busy = answer.status == 429;
        error why{busy ? errc::overloaded : errc::unavailable,
                  public_text{name_ + " answered " + std::to_string(answer.status) + ": " +
                              embeddings_api::first_words(answer.body, how_.key)}};
        if (answer.status == 401 || answer.status == 403) why.message += " (see EMBEDDING_API_KEY)";
        if (answer.status == 404) why.message += " (see EMBEDDING_URL and EMBEDDING_MODEL)";
        return {std::move(why), busy || answer.status >= 500, pause_asked_for(answer)};
    }

    error about(error e) const {
        e.message = name_ + ": " + e.message;
        return e;
    }

    http_embedder_options how_;
    std::string name_;
    net::http_client client_;
    std::size_t dimension_ = 0;
};

}  // namespace

std::unique_ptr<embedder> create_http_embedder(asio::any_io_executor executor, http_embedder_options how) {
    return std::make_unique<http_embedder>(std::move(executor), std::move(how));
}

}  // namespace vanna::ask
