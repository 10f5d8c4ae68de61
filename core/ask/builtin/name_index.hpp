// Which tables, columns and keys have a name with a given word in it, so that a question is held only against
// the names that may fit. Immutable; built once for a schema and a list of terms.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ask/builtin/glossary.hpp"

namespace vanna::ask::builtin {

struct known_name {
    column_place where;  // column -1: a table
    int role = -1;       // the edge whose key gives another name to the table that it leads to; -1: none
    std::vector<word> words;
};

// A set of names, by their number.
class name_set {
  public:
    explicit name_set(std::size_t names, bool full = false)
        : bits_((names + 63) / 64, full ? ~std::uint64_t(0) : 0) {}
    void add(std::size_t name) { bits_[name / 64] |= std::uint64_t(1) << (name % 64); }
    bool has(std::size_t name) const { return (bits_[name / 64] >> (name % 64)) & 1; }
    void keep(name_set const& other);
    void join(name_set const& other);
    bool empty() const;

  private:
    std::vector<std::uint64_t> bits_;
};

class name_index {
  public:
    // Both must outlive the index.
    name_index(catalog const& known, glossary const& terms);

    catalog const& known() const { return known_; }
    glossary const& terms() const { return terms_; }
    std::vector<known_name> const& names() const { return names_; }
    // Names of which a word is like this one.
    name_set with(word const& said) const;
    // Names that are spelt so when their words are run together.
    std::vector<std::size_t> const& run_together(std::string const& text) const;
    // Names such as written_by.
    std::vector<std::size_t> const& by_agents() const { return by_agents_; }

  private:
    void add(column_place where, int role, std::vector<word> words);
    void add_roles();

    catalog const& known_;
    glossary const& terms_;
    std::vector<known_name> names_;
    std::vector<std::pair<word, std::vector<std::size_t>>> by_word_;
    std::unordered_map<std::string, std::size_t> places_;  // of a word's text in by_word_
    std::unordered_map<std::string, std::vector<std::size_t>> together_;
    std::vector<std::size_t> by_agents_;
};

}  // namespace vanna::ask::builtin
