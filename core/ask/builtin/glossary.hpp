// The ontology in the shape the linker wants: each name of a term by its words, with the table, column or
// formula it leads to. Immutable; built once for a list of terms and a schema.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/ask/builtin/formula.hpp"
#include "core/ask/ports.hpp"

namespace vanna::ask::builtin {

class glossary {
  public:
    glossary(std::vector<term> const& terms, catalog const& known, join_graph const& joins);
    struct entry {
        std::vector<word> words;
        std::string term;
        column_place where;              // column -1: a table
        formula const* means = nullptr;  // nothing: the table or column itself
        bool number = false;             // of things, not the things: "headcount"
    };
    // A term whose data source is not understood is left out.
    std::vector<entry> const& entries() const { return entries_; }

  private:
    void add(term const& t, column_place where, formula const* means, catalog const& known);

    std::vector<entry> entries_;
    std::vector<std::unique_ptr<formula const>> formulas_;
};

}  // namespace vanna::ask::builtin
