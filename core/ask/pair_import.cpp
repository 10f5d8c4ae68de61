#include "core/ask/pair_import.hpp"

#include <algorithm>

namespace vanna::ask {
namespace {

constexpr auto store_limit = std::chrono::seconds(10);
constexpr std::size_t most_problems = 100;

class import_of {
  public:
    import_of(knowledge_store& into, sql::target& target, import_how how, deadline limit)
        : into_(into), target_(target), how_(std::move(how)), limit_(limit) {}

    awaitable<result<import_report>> run(std::vector<filed_pair> pairs) {
        error wrong{errc::invalid_input,
                    public_text{"nothing was imported: some of the pairs do not fit, see errors"}};
        for (auto& pair : pairs) {
            auto const problem = co_await plan(pair);
            if (!problem) co_return problem.error();
            if (!problem->empty()) wrong.fields.push_back({"line " + std::to_string(pair.line), *problem});
            if (wrong.fields.size() == most_problems) break;
        }
        if (!wrong.fields.empty()) co_return wrong;
        for (auto& s : steps_)
            if (auto ok = co_await take(s); !ok) co_return ok.error();
        co_return std::move(done_);
    }

  private:
    struct step {
        filed_pair pair;
        seen_pair seen;
        std::optional<example> known;
    };
    deadline once() const { return std::min(limit_, after(store_limit)); }

    // Why the pair cannot be taken; empty: it can, or is there already.
    awaitable<result<std::string>> plan(filed_pair& pair) {
        auto known = co_await into_.known_example(pair.question, pair.sql, once());
        if (!known) co_return known.error();
        bool const is_approved = *known && (*known)->state == "approved";
        if (is_approved && (*known)->sql != pair.sql)
            co_return "question: it is answered by another approved statement already, that of the pair " +
                to_string((*known)->id);
        bool const is_proposed = *known && ((*known)->state == "proposed" || (*known)->state == "stale");
        if (is_approved || (is_proposed && !how_.approve)) {
            ++done_.known;
            co_return std::string();
        }
        step next{std::move(pair), {.columns = {}, .version = target_.status().version}, std::move(*known)};
        auto const columns = co_await target_.check(
            next.pair.sql, std::min(limit_, after(how_.statement_limit)), how_.asked_by);
        pair.line = next.pair.line;
        auto const code = columns ? errc::internal : columns.error().code;
        if (code == errc::query_invalid || code == errc::query_refused || code == errc::query_too_large)
            co_return "sql: " + columns.error().message;
        if (!columns) co_return columns.error();
        for (auto const& column : *columns)
            next.seen.columns.push_back(column.name);
        steps_.push_back(std::move(next));
        co_return std::string();
    }

    awaitable<result<void>> take(step& s) {
        auto made = s.known && how_.approve
                        ? co_await into_.decide_example(s.known->id, true, how_.by, s.seen, once())
                        : co_await into_.add_example(as_example(s), once());
        if (!made) co_return made.error();
        ++(how_.approve ? done_.approved : done_.proposed);
        if (how_.approve && how_.approved) how_.approved(*made);
        co_return result<void>{};
    }

    example as_example(step& s) const {
        example out{.id = new_id(),
                    .question = std::move(s.pair.question),
                    .sql = std::move(s.pair.sql),
                    .state = how_.approve ? "approved" : "proposed",
                    .proposed_by = how_.by,
                    .approved_by = how_.approve ? how_.by : std::string(),
                    .approved_at = {},
                    .created_at = now()};
        if (how_.approve) {
            out.columns = std::move(s.seen.columns);
            out.checked_version = std::move(s.seen.version);
        }
        return out;
    }

    knowledge_store& into_;
    sql::target& target_;
    import_how how_;
    deadline limit_;
    std::vector<step> steps_;
    import_report done_;
};

}  // namespace

awaitable<result<import_report>> import_pairs(knowledge_store& into, sql::target& target,
                                              std::vector<filed_pair> pairs, import_how how, deadline limit) {
    import_of one(into, target, std::move(how), limit);
    co_return co_await one.run(std::move(pairs));
}

}  // namespace vanna::ask
