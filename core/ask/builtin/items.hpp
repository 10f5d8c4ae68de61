// A question after linking: a row of items, each a link into the schema with its candidates, a grammar cue, a
// number, a text, a period of time, or a word nobody knows. The reader makes sense of the row.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ask/builtin/catalog.hpp"
#include "core/ask/builtin/cues.hpp"
#include "core/ask/builtin/formula.hpp"
#include "core/ask/builtin/lexer.hpp"
#include "core/ask/builtin/periods.hpp"
#include "core/ask/builtin/vocabulary.hpp"
#include "core/ask/ports.hpp"

namespace vanna::ask::builtin {

struct candidate {
    enum class kind { table, column, value } what;
    column_place where;                  // column -1: a table
    std::string const* value = nullptr;  // of a value: as the database holds it
    int role = -1;         // of a table: the join edge whose column gave the name ("manager_id"); -1: none
    double score = 0;      // 0 to 1
    std::string term;      // the ontology term that led here; empty: the schema's own words
    bool inverse = false;  // of a graded column: a smaller value is more ("older" by birth date)
    formula const* means = nullptr;  // of a term that is more than a table or a column
    bool number = false;             // of a term: a number of things, not the things
    bool event = false;              // of a date: what was done then ("hired" for hire_date)
};

struct item {
    enum class kind { link, number, text, period, cue, degree, comma, possessive, unknown } what;
    std::size_t first = 0, last = 0;  // tokens
    builtin::cue cue = cue::none;
    grading const* degree = nullptr;  // older, oldest, cheapest …
    std::optional<builtin::period> when;
    std::vector<candidate> candidates;  // best first
    std::string text;                   // as the question has it
    std::string digits;                 // of a number
    double number = 0;
    bool quoted = false, capitalised = false;
    bool named = false;  // unknown, and written as a name is
    bool used = false;   // the reader found a place for it

    bool is(builtin::cue c) const { return what == kind::cue && cue == c; }
    bool links_to(candidate::kind k, double least = 0.55) const;
    double best(candidate::kind k) const;
};

}  // namespace vanna::ask::builtin
