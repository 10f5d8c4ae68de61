// The tables, columns and ontology terms that a few words of a question may name.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ask/builtin/items.hpp"
#include "core/ask/builtin/name_index.hpp"

namespace vanna::ask::builtin {

constexpr double least_link = 0.55;  // what is less alike than this is no link

// For one question: it remembers what each word may belong to.
class name_finder {
  public:
    // `index` must outlive the finder.
    explicit name_finder(name_index const& index) : index_(index), known_(index.known()) {}
    // Appends what the words may name, in no order.
    void find(std::vector<word> const& said, std::vector<candidate>& out);

  private:
    name_set const& with(word const& said);
    name_set all_of(std::vector<word> const& said, std::size_t words);
    bool only_table_called(std::vector<word> const& said, known_name const& name);
    bool only_column_called(std::vector<word> const& said, catalog_column const& column);
    void add(known_name const& name, std::vector<word> const& said, std::vector<candidate>& out);
    void add_column(column_place where, std::vector<word> const& said, std::vector<candidate>& out);
    void add_terms(std::vector<word> const& said, std::vector<candidate>& out) const;
    void add_turned_round(std::vector<word> const& said, std::vector<candidate>& out) const;

    name_index const& index_;
    catalog const& known_;
    std::unordered_map<std::string, name_set> seen_;
};

}  // namespace vanna::ask::builtin
