// Words of questions and of identifiers in one shape: lower case, with both stems. Identifiers of any habit
// (snake_case, camelCase, spaces, run together) are split, and the usual abbreviations spelt out.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::ask::builtin {

struct word {
    std::string text;      // lower case
    std::string singular;  // of text
    std::string root;      // of text
};

word make_word(std::string_view text);
// ASCII letters only; other bytes (UTF-8) stay.
std::string lower(std::string_view text);

// "CustomerID", "cust_id", "customer id" -> customer, id. `vocabulary` (lower-case words) helps to split what
// is run together ("countrylanguage"); it may be empty.
std::vector<word> split_identifier(std::string_view name, std::set<std::string> const& vocabulary);
// The same without taking run-together words apart or spelling abbreviations out: what vocabularies are made
// from.
std::vector<std::string> identifier_parts(std::string_view name);

// How alike two words are: 1 same singular, 0.85 same root, 0.8 one typing error in a long word, else 0.
double likeness(word const& a, word const& b);

// Words that carry no meaning of their own in a question ("the", "please", "do").
// "shipped", "paid": what has been done to something.
bool is_participle(std::string_view lower_word);
// Verbs that say no more than that things belong together ("orders placed by customers").
bool is_light_verb(std::string_view lower_word);
bool is_filler(std::string_view lower_word);

}  // namespace vanna::ask::builtin
