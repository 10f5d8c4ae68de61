// Links the words of a question to tables, columns, values and ontology terms: cuts the tokens into the row
// of items that explains them best (the longest and closest matches win), keeping every reading of each
// piece.
#pragma once
#include <chrono>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ask/builtin/items.hpp"

namespace vanna::ask::builtin {

// The ontology in the shape the linker wants. Immutable; built once for a list of terms.
class glossary {
  public:
    glossary(std::vector<term> const& terms, catalog const& known);
    struct entry {
        std::vector<word> words;
        std::string term;
        column_place where;
    };
    std::vector<entry> const& entries() const { return entries_; }

  private:
    std::vector<entry> entries_;
};

// `today` anchors relative periods.
std::vector<item> link(std::vector<token> const& tokens, catalog const& known, glossary const& terms,
                       std::chrono::year_month_day today);

}  // namespace vanna::ask::builtin
