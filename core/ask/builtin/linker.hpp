// Links the words of a question to tables, columns, values and ontology terms: cuts the tokens into the row
// of items that explains them best (the longest and closest matches win), keeping every reading of each
// piece.
#pragma once
#include <chrono>
#include <vector>

#include "core/ask/builtin/items.hpp"
#include "core/ask/builtin/name_index.hpp"

namespace vanna::ask::builtin {

// `today` anchors relative periods.
std::vector<item> link(std::vector<token> tokens, name_index const& names, std::chrono::year_month_day today);

}  // namespace vanna::ask::builtin
