// What a word's neighbours say about it, before the question is cut into items and after.
#pragma once
#include <vector>

#include "core/ask/builtin/items.hpp"

namespace vanna::ask::builtin {

void share_heads(std::vector<token>& tokens, catalog const& known);
void drop_far_participles(std::vector<item>& row, std::vector<token> const& tokens);
void join_names(std::vector<item>& row, std::vector<token> const& tokens);
void drop_present(std::vector<item>& row);

// "Dutch or English" where only English is a value: the known one first.
void known_values_first(std::vector<item>& row);

}  // namespace vanna::ask::builtin
