// Cuts a question into words, numbers, quoted texts, dates and commas. Numbers written as words ("two", "3
// million") become numbers; quotes of every kind are taken off. Bytes that could end a statement never get
// further than a token's text, which only quote_text() of statement.hpp writes into SQL.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {

struct token {
    enum class kind { word, number, quoted, date, comma, possessive } what;
    std::string text;                    // as written, quotes taken off
    builtin::word as_word;               // of a word; of a number written as a word too
    double number = 0;                   // of a number
    std::string digits;                  // of a number: as SQL writes it ("1000000", "2.5")
    bool percent = false;                // "5%"
    std::chrono::year_month_day date{};  // of a date
    bool capitalised = false;            // starts with an upper-case letter
    bool first = false;                  // starts a sentence: its capital says nothing
    std::size_t start = 0, end = 0;      // bytes of the question
};

std::vector<token> tokenise(std::string_view question);

}  // namespace vanna::ask::builtin
