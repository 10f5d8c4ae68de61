// How many tokens a text may be for a model whose tokenizer nobody here knows: counted so high that a budget
// kept by this count is kept by the model's own.
#pragma once
#include <cstddef>
#include <string_view>

namespace vanna::ask::model {

// One for two letters of a word, for each digit, for each other printed character, for each line break and
// for each byte beyond ASCII; single blanks join the word behind them and count nothing.
std::size_t most_tokens(std::string_view text);

}  // namespace vanna::ask::model
