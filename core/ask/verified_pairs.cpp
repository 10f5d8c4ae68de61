#include "core/ask/verified_pairs.hpp"

#include <algorithm>
#include <map>

#include "core/ask/built_once.hpp"
#include "core/ask/embedder.hpp"
#include "core/ask/question_shape.hpp"
#include "core/ask/sql_literals.hpp"

namespace vanna::ask {
namespace {

constexpr double near_enough = 0.85;  // cosine of the patterns; the words must agree as well

struct prepared {
    example const* pair;
    question_shape shape;
    embedding vector;
};

struct knowledge {
    std::shared_ptr<sql::schema const> schema;
    std::shared_ptr<std::vector<example> const> examples;
    std::unique_ptr<builtin::catalog> known;
    std::vector<prepared> pairs;
    std::multimap<std::string, std::size_t> by_normal;

    explicit knowledge(context const& what) : schema(what.schema), examples(what.examples) {
        if (schema) known = std::make_unique<builtin::catalog>(schema);
        for (auto const& e : *examples) {
            auto shape = shape_of(e.question, known.get());
            if (shape.normal.empty() || e.sql.empty()) continue;
            auto vector = builtin_embedding(shape.pattern);
            by_normal.emplace(shape.normal, pairs.size());
            pairs.push_back({&e, std::move(shape), std::move(vector)});
        }
    }
};

// Whether the statement holds this literal of the question: as it is, or as the text of a LIKE pattern.
bool holds(sql_literal const& l, question_literal const& q) {
    if (l.what == sql_literal::kind::number)
        return q.what == question_literal::kind::number && l.value == q.text;
    if (builtin::lower(l.value) == builtin::lower(q.text)) return true;
    return l.value.size() > 2 && l.value == "%" + q.text + "%";
}

// The approved SQL with the new question's literals in place of the old. Nothing when it is not clear which
// is which.
std::optional<std::string> refilled(prepared const& from, question_shape const& asked) {
    auto const literals = sql_literals(from.pair->sql);
    std::vector<replacement> changes;
    for (std::size_t i = 0; i < asked.literals.size(); ++i) {
        auto const& before = from.shape.literals[i];
        auto const& now = asked.literals[i];
        if (builtin::lower(before.text) == builtin::lower(now.text)) continue;
        bool const twice = std::count_if(from.shape.literals.begin(), from.shape.literals.end(),
                                         [&](auto const& l) { return l.text == before.text; }) > 1;
        auto const first =
            std::find_if(literals.begin(), literals.end(), [&](auto const& l) { return holds(l, before); });
        if (twice || first == literals.end()) return {};
        if (std::any_of(first + 1, literals.end(), [&](auto const& l) { return holds(l, before); }))
            return {};
        bool const pattern = first->what == sql_literal::kind::text && first->value.starts_with('%') &&
                             !before.text.starts_with('%');
        changes.push_back({&*first, pattern ? "%" + now.text + "%" : now.text});
    }
    auto sql = with_literals(from.pair->sql, std::move(changes));
    if (sql.empty()) return {};
    return sql;
}

class verified_pairs : public local_generator {
  public:
    std::string_view name() const override { return "verified-pairs"; }

    result<generated> answer(context const& what, deadline limit) const override {
        if (!what.examples || what.examples->empty()) return nothing_better();
        auto const known = latest_.get(
            [&](knowledge const& k) { return k.schema == what.schema && k.examples == what.examples; },
            [&] { return std::make_shared<knowledge const>(what); });
        if (auto gone = given_up(what, limit)) return std::move(*gone);
        auto const asked = shape_of(what.question, known->known.get());
        if (asked.normal.empty()) return nothing_better();
        if (auto const exact = known->by_normal.find(asked.normal); exact != known->by_normal.end())
            return made_from(*known, known->pairs[exact->second], known->pairs[exact->second].pair->sql, 1,
                             {});
        return nearest(*known, asked).value_or(nothing_better());
    }

    // An approved statement that no longer runs is stale: the next generator answers.
    generated nothing_better() const override {
        generated none;
        none.generator = name();
        return none;
    }

  private:
    static std::optional<generated> nearest(knowledge const& known, question_shape const& asked) {
        auto const vector = builtin_embedding(asked.pattern);
        prepared const* best = nullptr;
        double closest = near_enough;
        for (auto const& p : known.pairs) {
            auto const close = similarity(vector, p.vector);
            if (close < closest || !same_but_for_literals(asked, p.shape)) continue;
            closest = close;
            best = &p;
        }
        if (!best) return {};
        auto sql = refilled(*best, asked);
        if (!sql) return {};
        return made_from(known, *best, std::move(*sql), closest, best->pair->question);
    }

    // After a change of the target every pair waits for the job that runs it again. Until then pairs stay in
    // use: each statement is prepared on the new target before it is answered with, and the answer says that
    // the pair was not run again; left out, all verified questions would be answered by guessing.
    static bool is_unchecked(knowledge const& known, example const& e) {
        return known.schema && !known.schema->version.empty() && !e.checked_version.empty() &&
               e.checked_version != known.schema->version;
    }

    static generated made_from(knowledge const& known, prepared const& from, std::string sql, double score,
                               std::string const& adapted_from) {
        generated made;
        made.generator = "verified-pairs";
        made.sql = std::move(sql);
        made.confidence = score;
        made.sources.push_back({"example", from.pair->question, to_string(from.pair->id), score});
        auto note =
            "verified pair '" + from.pair->question + "', approved by " +
            (from.pair->approved_by.empty() ? std::string("an administrator") : from.pair->approved_by);
        if (from.pair->approved_at) note += " on " + to_rfc3339(*from.pair->approved_at).substr(0, 10);
        if (!adapted_from.empty()) note += "; its values were replaced by those of the question";
        made.notes.push_back(std::move(note));
        if (is_unchecked(known, *from.pair))
            made.notes.push_back(
                "the target has changed since this pair was last run: see whether it still fits");
        return made;
    }

    built_once<knowledge> latest_;
};

}  // namespace

std::shared_ptr<local_generator const> local_verified_pairs() {
    return std::make_shared<verified_pairs>();
}

std::unique_ptr<generator> create_verified_pairs() {
    return run_on(nullptr, local_verified_pairs());
}

}  // namespace vanna::ask
