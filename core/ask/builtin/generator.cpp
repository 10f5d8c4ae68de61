#include "core/ask/builtin/generator.hpp"

#include <algorithm>

#include "core/ask/built_once.hpp"
#include "core/ask/builtin/composer.hpp"
#include "core/ask/builtin/dialect.hpp"
#include "core/ask/builtin/linker.hpp"
#include "core/ask/builtin/reader.hpp"
#include "core/ask/builtin/resolver.hpp"
#include "core/ask/builtin/roles.hpp"

namespace vanna::ask {
namespace {

using namespace builtin;

constexpr double least_confidence = 0.6;

// What was built from one schema and one list of terms.
struct knowledge {
    std::shared_ptr<sql::schema const> schema;
    std::shared_ptr<std::vector<term> const> terms;
    catalog known;
    join_graph joins;
    glossary words;
    name_index names;

    explicit knowledge(context const& what)
        : schema(what.schema),
          terms(what.terms),
          known(schema),
          joins(known),
          words(terms ? *terms : std::vector<term>{}, known, joins),
          names(known, words) {}
};

std::string described(reference const& r, knowledge const& k) {
    auto const& c = r.chosen;
    auto const& table = k.known.table(c.where.table);
    if (c.means) return "term " + c.term;
    switch (c.what) {
        case candidate::kind::table:
            return "table " + table.name;
        case candidate::kind::column:
            return "column " + table.name + "." + k.known.column(c.where).name;
        case candidate::kind::value:
            return "value '" + *c.value + "' of " + table.name + "." + k.known.column(c.where).name;
    }
    return {};
}

class answerer {
  public:
    answerer(context const& what, knowledge const& k) : what_(what), k_(k) {}

    generated run() {
        made_.generator = "built-in";
        row_ = link(tokenise(what_.question), k_.names, what_.today);
        frame_ = reader(row_, k_.known).read();
        made_.unlinked = frame_.unlinked;
        read_roles(frame_, k_.known);
        auto found = resolve(frame_, k_.known, k_.joins);
        if (!found.possible && forget_weak_links()) found = resolve(frame_, k_.known, k_.joins);
        if (!found.possible || frame_.references.empty()) return decline(nothing_linked());
        report();
        auto composed = compose(frame_, k_.known, k_.joins);
        made_.confidence = found.score * frame_.certainty * composed.certainty;
        made_.confidence -= 0.5 * double(hard_words()) + 0.3 * double(frame_.doubts.size());
        if (!found.ambiguous.empty()) made_.confidence = std::min(made_.confidence, 0.5);
        made_.confidence = std::clamp(made_.confidence, 0.0, 1.0);
        if (!frame_.doubts.empty())
            return decline("I am not sure " + frame_.doubts.front() + ". Could you say it in another way?");
        if (!composed.statement)
            return decline("I do not know " + composed.problem +
                           ". Could you say which table or column you mean?");
        if (hard_words() > 0)
            return decline("I found nothing in the database for '" + first_hard_word() +
                           "'. What does it refer to?");
        if (made_.confidence < least_confidence) return decline(unsure(found));
        for (auto t : composed.tables)
            made_.sources.push_back({"table", k_.known.table(t).name, {}, 1});
        for (auto& n : composed.notes)
            made_.notes.push_back(std::move(n));
        made_.sql = to_sql(*composed.statement, dialect_of(what_.dialect));
        return std::move(made_);
    }

  private:
    generated decline(std::string question) {
        made_.sql.clear();
        made_.confidence = std::min(made_.confidence, least_confidence);
        made_.clarification = std::move(question);
        return std::move(made_);
    }

    // Words that are only like a name, where what they are like cannot be reached from the rest.
    bool forget_weak_links() {
        bool any = false;
        for (auto& one : row_)
            if (one.what == item::kind::link && !one.quoted && one.candidates.front().score < 0.9) {
                one.what = item::kind::unknown;
                any = true;
            }
        if (!any) return false;
        frame_ = reader(row_, k_.known).read();
        made_.unlinked = frame_.unlinked;
        read_roles(frame_, k_.known);
        return !frame_.references.empty();
    }

    std::size_t hard_words() const {
        return std::size_t(std::count_if(frame_.unlinked.begin(), frame_.unlinked.end(),
                                         [](auto const& w) { return !is_light_verb(lower(w)); }));
    }
    std::string first_hard_word() const {
        return *std::find_if(frame_.unlinked.begin(), frame_.unlinked.end(),
                             [](auto const& w) { return !is_light_verb(lower(w)); });
    }

    std::string nothing_linked() const {
        std::string names;
        for (auto const& t : k_.known.tables()) {
            if (t.view || names.size() > 120) continue;
            names += (names.empty() ? "" : ", ") + t.name;
        }
        return "I could not link the question to the database. It knows about " +
               (names.empty() ? "nothing yet" : names) + ". What would you like to know?";
    }

    std::string unsure(resolution const& found) const {
        if (!found.ambiguous.empty()) {
            auto const& tie = found.ambiguous.front();
            auto const& r = frame_.at(tie.reference);
            auto alternative = r;
            alternative.chosen = tie.other;
            return "By '" + row_[r.item].text + "', do you mean " + described(r, k_) + " or " +
                   described(alternative, k_) + "?";
        }
        auto worst =
            std::min_element(frame_.references.begin(), frame_.references.end(),
                             [](auto const& a, auto const& b) { return a.chosen.score < b.chosen.score; });
        return "By '" + row_[worst->item].text + "', do you mean " + described(*worst, k_) + "?";
    }

    void report() {
        for (auto const& r : frame_.references) {
            if (r.item >= row_.size()) continue;
            auto line = row_[r.item].text + " -> " + described(r, k_);
            if (std::find(made_.links.begin(), made_.links.end(), line) == made_.links.end())
                made_.links.push_back(std::move(line));
            if (!r.chosen.term.empty()) made_.sources.push_back({"term", r.chosen.term, {}, r.chosen.score});
        }
    }

    context const& what_;
    knowledge const& k_;
    std::vector<item> row_;
    frame frame_;
    generated made_;
};

class builtin_generator : public local_generator {
  public:
    std::string_view name() const override { return "built-in"; }

    result<generated> answer(context const& what, deadline limit) const override {
        if (!what.schema)
            return error{errc::unavailable,
                         public_text{"the schema of the target database has not been read yet"}};
        auto const known =
            latest_.get([&](knowledge const& k) { return k.schema == what.schema && k.terms == what.terms; },
                        [&] { return std::make_shared<knowledge const>(what); });
        if (auto gone = given_up(what, limit)) return std::move(*gone);
        return answerer(what, *known).run();
    }

    generated nothing_better() const override {
        generated none;
        none.generator = "built-in";
        none.clarification =
            "The statement made for this question does not run. Could you ask in another way?";
        return none;
    }

  private:
    built_once<knowledge> latest_;
};

}  // namespace

std::shared_ptr<local_generator const> local_builtin_generator() {
    return std::make_shared<builtin_generator>();
}

std::unique_ptr<generator> create_builtin_generator() {
    return run_on(nullptr, local_builtin_generator());
}

}  // namespace vanna::ask
