#include "core/ask/question_shape.hpp"

#include <algorithm>

#include "core/ask/builtin/lexer.hpp"
#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask {
namespace {

using builtin::token;

void append(std::string& to, std::string_view text) {
    if (!to.empty()) to += ' ';
    to += text;
}

// The longest value of the target that starts at token i; how many tokens it takes.
std::size_t value_at(std::vector<token> const& tokens, std::size_t i, builtin::catalog const& known,
                     question_literal& out) {
    std::string key;
    std::size_t best = 0;
    for (std::size_t n = 1; n <= known.longest_value_words() && i + n <= tokens.size(); ++n) {
        auto const& t = tokens[i + n - 1];
        if (t.what != token::kind::word && t.what != token::kind::number && t.what != token::kind::quoted)
            break;
        key += (n == 1 ? "" : " ") + builtin::catalog::value_key(t.text);
        auto const& found = known.values(key);
        bool const ordinary = n == 1 && t.what == token::kind::word && builtin::is_filler(t.as_word.text);
        if (found.empty() || ordinary) continue;
        best = n;
        out = {question_literal::kind::value, *found.front().text, {}};
        for (auto const& place : found)
            out.columns.insert(place.where);
    }
    return best;
}

bool matches(builtin::word const& a, builtin::word const& b) {
    if (a.singular == b.singular || (a.root == b.root && a.root.size() > 2)) return true;
    auto const others = builtin::synonyms(a.singular);
    return std::find(others.begin(), others.end(), b.singular) != others.end();
}

}  // namespace

question_shape shape_of(std::string_view question, builtin::catalog const* known) {
    question_shape made;
    auto const tokens = builtin::tokenise(question);
    auto const literal = [&](question_literal l) {
        append(made.normal, builtin::lower(l.text));
        append(made.pattern, "#");
        made.literals.push_back(std::move(l));
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        auto const& t = tokens[i];
        question_literal value;
        if (auto const n = known ? value_at(tokens, i, *known, value) : 0; n > 0) {
            literal(std::move(value));
            i += n - 1;
        } else if (t.what == token::kind::number) {
            literal({question_literal::kind::number, t.digits, {}});
        } else if (t.what == token::kind::date) {
            literal({question_literal::kind::date, t.text, {}});
        } else if (t.what == token::kind::quoted) {
            literal({question_literal::kind::text, t.text, {}});
        } else if (t.what == token::kind::word) {
            append(made.normal, t.as_word.text);
            append(made.pattern, t.as_word.text);
            if (!builtin::is_filler(t.as_word.text)) made.words.push_back(t.as_word);
        }
    }
    return made;
}

bool same_but_for_literals(question_shape const& a, question_shape const& b) {
    auto const same_kind = [](question_literal const& x, question_literal const& y) {
        if (x.what != y.what) return false;
        if (x.what != question_literal::kind::value) return true;
        return std::any_of(x.columns.begin(), x.columns.end(),
                           [&](auto const& c) { return y.columns.contains(c); });
    };
    return std::equal(a.words.begin(), a.words.end(), b.words.begin(), b.words.end(), matches) &&
           std::equal(a.literals.begin(), a.literals.end(), b.literals.begin(), b.literals.end(), same_kind);
}

}  // namespace vanna::ask
