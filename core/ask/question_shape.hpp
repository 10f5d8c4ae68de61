// A question taken apart for comparison with verified pairs: its plain words, and the literals in it
// (numbers, quoted texts, dates, values the target holds) with what kind each is.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ask/builtin/catalog.hpp"

namespace vanna::ask {

struct question_literal {
    enum class kind { number, date, text, value } what;
    std::string text;  // digits of a number, 2024-01-31 of a date, the value as the database holds it
    std::set<builtin::column_place> columns;  // of a value: where it occurs
};

struct question_shape {
    std::string normal;                // lower-case words and literals, one blank between, no punctuation
    std::string pattern;               // the same with '#' for each literal: what is embedded
    std::vector<builtin::word> words;  // without literals
    std::vector<question_literal> literals;
};

// `known` may be null: then no values are recognised.
question_shape shape_of(std::string_view question, builtin::catalog const* known);

// Whether both ask the same thing but for their literals: every word of either has a counterpart in the other
// (the same root or a synonym; fillers aside), in the same order, and the literals are of the same kinds in
// turn.
bool same_but_for_literals(question_shape const& a, question_shape const& b);

}  // namespace vanna::ask
