#include "jobs/evaluate.hpp"

#include <algorithm>

#include "core/ask/model/prompt.hpp"
#include "core/sql/utf8.hpp"
#include "jobs/row_comparison.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr std::size_t looked_at = 5;
constexpr std::size_t longest_text = 2000;  // of what is shown, in bytes

struct rows_of {
    std::string bytes;
    bool whole = true;
};

std::string shown(std::string text) {
    if (text.size() <= longest_text) return text;
    return std::string(sql::first_bytes(text, longest_text)) + "…";
}

class evaluation {
  public:
    evaluation(evaluation_parts on, evaluation_bounds within, progress& p)
        : on_(on), within_(within), progress_(p) {}

    awaitable<result<json::value>> run() {
        if (auto ok = co_await read(); !ok) co_return ok.error();
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            progress_.at("question " + std::to_string(i + 1) + " of " + std::to_string(pairs_.size()),
                         int(100 * i / pairs_.size()));
            if (auto ok = co_await look_for(pairs_[i]); !ok) co_return ok.error();
            if (auto ok = co_await withhold(pairs_[i]); !ok) co_return ok.error();
        }
        auto const judged = same_ + different_ + declined_ + failed_;
        auto const share = [this](std::size_t of) {
            return of == 0 ? json::value(nullptr) : json::value(double(same_) / double(of));
        };
        co_return json::object{{"questions", pairs_.size()},
                               {"execution_accuracy", share(judged)},
                               {"precision", share(judged - declined_)},
                               {"retrieved_first", first_},
                               {"retrieved_in_5", in_five_},
                               {"answered", same_ + different_},
                               {"same_rows", same_},
                               {"different_rows", different_},
                               {"declined", declined_},
                               {"failed", failed_},
                               {"not_judged", not_judged_},
                               {"examples", std::move(examples_)}};
    }

  private:
    template <class T>
    awaitable<result<T>> call(awaitable<result<T>> what) {
        return store_call(std::move(what), progress_.stop());
    }
    deadline once() const { return call_limit(progress_.limit()); }

    awaitable<result<void>> read() {
        progress_.at("reading", 0);
        auto terms = co_await call(on_.knowledge.terms(once()));
        if (!terms) co_return terms.error();
        auto pairs = co_await call(on_.knowledge.examples("approved", once()));
        if (!pairs) co_return pairs.error();
        schema_ = on_.target.schema();
        if (!schema_)
            co_return error{errc::unavailable,
                            public_text{"the target cannot be asked: " + on_.target.status().problem}};
        terms_ = std::make_shared<std::vector<ask::term> const>(std::move(*terms));
        all_ = *pairs;
        pairs_ = std::move(*pairs);
        std::sort(pairs_.begin(), pairs_.end(), [](auto const& a, auto const& b) {
            auto const time = [](ask::example const& e) { return e.approved_at.value_or(e.created_at); };
            return time(a) != time(b) ? time(a) > time(b) : a.id > b.id;
        });
        if (pairs_.size() > within_.most_pairs) pairs_.resize(within_.most_pairs);
        co_return result<void>{};
    }

    // An error ends the evaluation: the knowledge base cannot be asked.
    awaitable<result<void>> look_for(ask::example const& pair) {
        if (progress_.cancelled())
            co_return error{errc::cancelled, public_text{"the evaluation was cancelled"}};
        auto const near = co_await call(on_.base.nearest(
            pair.question, looked_at, std::string(to_string(ask::document_kind::example)), once()));
        if (!near) co_return near.error();
        auto const found = std::find_if(near->begin(), near->end(), [&](ask::hit const& h) {
            return h.found.reference == to_string(pair.id);
        });
        if (found == near->end()) {
            tell(pair, "not retrieved", "its document is not among the nearest five; train", "");
            co_return result<void>{};
        }
        ++in_five_;
        if (found == near->begin()) ++first_;
        co_return result<void>{};
    }

    // What is said to the question by those who do not know the pair.
    awaitable<result<void>> withhold(ask::example const& pair) {
        ask::context what{.question = pair.question, .schema = schema_, .terms = terms_};
        auto others = all_;
        std::erase_if(others, [&](ask::example const& e) { return e.id == pair.id; });
        what.examples = std::make_shared<std::vector<ask::example> const>(std::move(others));
        what.today = local_today();
        what.dialect = schema_->engine;
        what.stop = progress_.stop();
        auto const limit = std::min(progress_.limit(), after(within_.question_limit));
        auto const made = co_await call(answer(what, limit));
        if (progress_.cancelled())
            co_return error{errc::cancelled, public_text{"the evaluation was cancelled"}};
        if (!made)
            fail(pair, made.error().message, "");
        else if (made->sql.empty())
            (++declined_, tell(pair, "declined", made->clarification, ""));
        else
            co_await compare(pair, made->sql);
        co_return result<void>{};
    }

    awaitable<result<ask::generated>> answer(ask::context& what, deadline limit) {
        co_await on_.asking.retrieve(what, limit);
        co_return co_await on_.asking.generate(what, limit);
    }

    awaitable<void> compare(ask::example const& pair, std::string sql) {
        auto const expected = co_await rows(pair.sql);
        if (!expected)
            co_return leave(pair, "the pair's own statement: " + said_of(pair.sql, expected.error()), sql);
        bool const ordered = fixes_order(pair.sql);
        auto const got = co_await rows(sql);
        if (!got) co_return fail(pair, said_of(sql, got.error()), sql);
        if (!expected->whole || !got->whole)
            co_return leave(pair,
                            "more than " + std::to_string(within_.most_rows) + " rows or " +
                                std::to_string(within_.most_bytes) + " bytes: not compared",
                            sql);
        auto const same = same_rows(expected->bytes, got->bytes, ordered);
        if (!same) co_return leave(pair, same.error().message, sql);
        if (*same)
            ++same_;
        else
            (++different_, tell(pair, "different", "other rows than the pair's", sql));
    }

    awaitable<result<rows_of>> rows(std::string sql) {
        sql::open_options how{.limits = {.max_rows = within_.most_rows, .max_bytes = within_.most_bytes},
                              .until = std::min(progress_.limit(), after(within_.statement_limit)),
                              .stop = progress_.stop()};
        auto opened = co_await on_.target.open({.text = std::move(sql)}, std::move(how));
        if (!opened) co_return opened.error();
        co_return rows_of{std::move(opened->first.bytes), !opened->first.truncated};
    }

    // PostgreSQL quotes values of rows.
    std::string said_of(std::string_view sql, error const& why) const {
        if (why.code != errc::query_invalid) return why.message;
        return ask::model::without_row_data(why.message, sql, *schema_);
    }

    void fail(ask::example const& pair, std::string reason, std::string sql) {
        ++failed_;
        tell(pair, "failed", std::move(reason), std::move(sql));
    }
    // Nothing can be said of what was answered.
    void leave(ask::example const& pair, std::string reason, std::string sql) {
        ++not_judged_;
        tell(pair, "not judged", std::move(reason), std::move(sql));
    }
    void tell(ask::example const& pair, std::string_view outcome, std::string reason, std::string sql) {
        if (examples_.size() >= within_.most_examples) return;
        examples_.push_back(json::object{{"question", shown(pair.question)},
                                         {"outcome", outcome},
                                         {"reason", shown(std::move(reason))},
                                         {"expected_sql", shown(pair.sql)},
                                         {"sql", shown(std::move(sql))}});
    }

    evaluation_parts on_;
    evaluation_bounds within_;
    progress& progress_;
    std::shared_ptr<sql::schema const> schema_;
    std::shared_ptr<std::vector<ask::term> const> terms_;
    std::vector<ask::example> all_, pairs_;
    std::size_t first_ = 0, in_five_ = 0, same_ = 0, different_ = 0, declined_ = 0, failed_ = 0,
                not_judged_ = 0;
    json::array examples_;
};

}  // namespace

awaitable<result<json::value>> evaluate(evaluation_parts on, evaluation_bounds within, progress& p) {
    evaluation one(on, within, p);
    co_return co_await one.run();
}

}  // namespace vanna::jobs
