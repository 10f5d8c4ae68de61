#include "core/ask/model/generator.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/ask/model/exchange.hpp"
#include "core/ask/model/tokens.hpp"
#include "core/async/unless_stopped.hpp"
#include "core/sql/lexer.hpp"

namespace vanna::ask::model {
namespace {

constexpr std::string_view called = "llm";
// A model does not say how sure it is; its statement has been prepared when this is read.
constexpr double model_confidence = 0.7;
constexpr std::size_t most_error = 1024;  // bytes of an engine's message

// The tables shown that the statement names.
std::vector<source> tables_in(std::string_view sql, prompt const& shown) {
    std::vector<source> out;
    sql::lexer words(sql);
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next()) {
        if (t.kind != sql::token_kind::word && t.kind != sql::token_kind::quoted_name) continue;
        auto const name = sql::lower_ascii(sql::unquoted(t));
        for (auto const& table : shown.tables)
            if (sql::lower_ascii(table) == name &&
                std::none_of(out.begin(), out.end(), [&](source const& s) { return s.name == table; }))
                out.push_back({"table", table, {}, 1.0});
    }
    return out;
}

std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    text.resize(most);
    return text;
}

// For people who ask: not where the model is, nor what it said. What it said may be of any length, and repeat
// the key.
error for_askers(error const& e, std::string_view key) {
    auto const in_full =
        internal_text{e.message + (e.detail.empty() ? "" : ": " + net::first_words(e.detail, key))};
    switch (e.code) {
        case errc::cancelled:
            return {errc::cancelled, public_text{"the question was cancelled"}, in_full};
        case errc::deadline_exceeded:
            return {errc::deadline_exceeded, public_text{"the model did not answer in time"}, in_full};
        case errc::overloaded:
            return {errc::unavailable, public_text{"the model is too busy"}, in_full};
        default:
            return {errc::unavailable, public_text{"the model gave no answer that can be used"}, in_full};
    }
}

std::string_view outcome_of(error const& e) {
    if (e.code == errc::cancelled) return "cancelled";
    return e.code == errc::deadline_exceeded ? "timeout" : "failed";
}

class model_generator final : public generator {
  public:
    model_generator(asio::any_io_executor executor, options how)
        : how_(std::move(how)),
          service_(std::move(executor), how_.at,
                   {.called = "the model",
                    .key = how_.key,
                    .key_setting = "LLM_API_KEY",
                    .place_settings = "LLM_BASE_URL and LLM_MODEL",
                    .first_pause = how_.first_pause,
                    .most_connections = 16},
                   how_.shared.breaker),
          exchange_(service_, how_.model) {}

    std::string_view name() const override { return called; }

    awaitable<result<generated>> generate(context const& what, deadline limit) override {
        return ask(what, std::nullopt, limit);
    }

    awaitable<result<generated>> repair(context const& what, std::string failed_sql,
                                        std::string previous_error, deadline limit) override {
        if (!how_.send_samples)
            previous_error = what.schema ? without_row_data(previous_error, failed_sql, *what.schema) : "";
        previous_error = cut(std::move(previous_error), most_error);
        if (most_tokens(failed_sql) + most_tokens(previous_error) > how_.most_prompt_tokens / 2)
            co_return error{errc::unavailable, public_text{"the statement is too long to be put right"},
                            internal_text{std::to_string(failed_sql.size()) + " bytes"}};
        co_return co_await ask(what, failed_statement{std::move(failed_sql), std::move(previous_error)},
                               limit);
    }

  private:
    awaitable<result<generated>> ask(context const& what, std::optional<failed_statement> failed,
                                     deadline limit) {
        auto const until = std::min(limit, what.asked_at + how_.time_allowed);
        auto const made = co_await prompt_of(what, std::move(failed));
        if (!made) co_return made.error();
        auto const& shown = *made;
        auto const began = std::chrono::steady_clock::now();
        auto call = exchange_.ask(shown, what.observer.get(), {until, limit});
        result<answer_text> said = error{};
        if (what.stop)
            said = co_await unless_stopped(std::move(call), what.stop);
        else
            said = co_await std::move(call);
        auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        if (!said) {
            how_.shared.count(outcome_of(said.error()), took);
            co_return for_askers(said.error(), how_.key.get());
        }
        auto const read = said->read();
        bool const usable = !read.sql.empty() || !read.clarification.empty();
        how_.shared.count(!usable ? "unusable" : read.sql.empty() ? "declined" : "answered", took);
        if (!usable)
            co_return error{errc::unavailable, public_text{"the model's answer holds no SQL"},
                            internal_text{"it has " + std::to_string(said->text().size()) + " bytes"}};
        co_return made_of(read, shown);
    }

    // Of thousands of tables it takes long enough to keep an I/O thread from its other connections. The
    // pool's thread has the context to itself: the asker may be gone before it ends.
    awaitable<result<prompt>> prompt_of(context const& what, std::optional<failed_statement> failed) {
        prompt_options const how{.most_tokens = how_.most_prompt_tokens, .send_samples = how_.send_samples};
        auto own = what;
        own.observer = nullptr;  // belongs to this thread
        auto make = [own = std::move(own), failed = std::move(failed), how]() -> result<prompt> {
            return make_prompt(own, how, failed ? &*failed : nullptr);
        };
        if (!how_.shared.pool) co_return make();
        co_return co_await offload(*how_.shared.pool, std::move(make));
    }

    static generated made_of(answer const& read, prompt const& shown) {
        generated out;
        out.generator = called;
        out.sql = read.sql;
        if (read.sql.empty())
            out.clarification = read.clarification;
        else
            out.confidence = model_confidence, out.sources = tables_in(read.sql, shown);
        return out;
    }

    options how_;
    net::service_client service_;
    exchange exchange_;
};

}  // namespace

std::unique_ptr<generator> create_generator(asio::any_io_executor executor, options how) {
    return std::make_unique<model_generator>(std::move(executor), std::move(how));
}

std::chrono::milliseconds extra_time(config::settings const& s) {
    return std::chrono::milliseconds(s.llm_base_url.empty() ? 0 : s.llm_timeout_ms);
}

std::unique_ptr<generator> create_generator(config::settings const& s, changing_secret key,
                                            asio::any_io_executor executor, standing shared) {
    if (s.llm_base_url.empty()) return nullptr;
    auto at = net::parse_origin(s.llm_base_url);
    if (!at) throw std::runtime_error("LLM_BASE_URL: " + at.error().message);
    return create_generator(std::move(executor), {.at = std::move(*at),
                                                  .model = s.llm_model,
                                                  .key = std::move(key),
                                                  .time_allowed = std::chrono::milliseconds(s.llm_timeout_ms),
                                                  .send_samples = s.llm_send_samples,
                                                  .shared = std::move(shared)});
}

}  // namespace vanna::ask::model
