// How well words said name a table or a column.
#pragma once
#include <vector>

#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {

// 0 to 1: the same word, one of the same root, one that means the same.
double word_match(word const& said, word const& known);
// The words as one, the last in the singular: "checkins" for check ins and for checkin.
std::string run_together_words(std::vector<word> const& words);
// 0 to 1: every word said must be one of its words; what is left out costs, leaving out the last word (what
// it is) costs more.
double name_match(std::vector<word> const& said, std::vector<word> const& known);
// The same, and "check in" for checkin.
double identifier_match(std::vector<word> const& said, std::vector<word> const& known);
// The same where a word that says little is too much ("phone number" for phone) or left out ("amount" for
// total_amount); 0 when it is not so. `date`: the column holds dates.
double generic_match(std::vector<word> const& said, std::vector<word> const& column, bool date);
// Whether a word says so little that generic_match may overlook it at the end.
bool is_generic(word const& last);

}  // namespace vanna::ask::builtin
