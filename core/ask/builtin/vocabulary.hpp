// What the generator knows about English beside grammar: words that mean the same, how adjectives grade
// columns
// ("oldest" is by age or by birth date), abbreviations used in identifiers. Nothing here knows a schema.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::ask::builtin {

// The word an abbreviation stands for ("qty" -> "quantity"); empty when it is none.
std::string_view spelt_out(std::string_view part);
// Common words of identifiers, used to take run-together ones apart.
std::span<std::string_view const> identifier_words();

// Other words for this one, by singular; empty when none is known.
std::vector<std::string_view> const& synonyms(std::string_view singular);

// Whether a thing called so is what the verb does, or who does it: "speaks" and language, "taught" and
// teacher.
bool goes_with(std::string_view lower_verb, std::string_view singular_noun);

struct gradable {
    std::string_view column_word;  // singular, as a column would be called
    bool large_is_more;            // "oldest" by age: larger is more; by birth date: smaller is more
};
// What "older", "oldest", "cheaper" … compare, best first, and whether the adjective asks for more or less.
struct grading {
    bool superlative = false;  // else comparative
    bool more = true;          // "oldest" asks for more age
    std::vector<gradable> columns;
};
// nothing: not an adjective of degree.
grading const* degree_of(std::string_view lower_word);

}  // namespace vanna::ask::builtin
