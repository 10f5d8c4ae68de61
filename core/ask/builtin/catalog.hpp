// The target's schema as the generator reads it: tables, columns and sample values with their words, what
// kind of thing a column holds, which columns name a row, and how tables join (declared keys, else keys that
// names imply). Immutable; built once for a schema, a few milliseconds.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ask/builtin/statement.hpp"
#include "core/ask/builtin/words.hpp"
#include "core/sql/schema.hpp"

namespace vanna::ask::builtin {

enum class column_kind { text, number, date, flag };

struct column_place {
    int table = -1, column = -1;  // column -1: the table itself
    auto operator<=>(column_place const&) const = default;
};

struct catalog_column {
    std::string name;
    std::vector<word> words;  // of the identifier
    std::vector<word> core;  // without those it shares with its table; all of them when nothing would be left
    column_kind kind = column_kind::text;
    bool key = false;  // primary or foreign, or named like one
    bool integer_year = false;
    std::vector<std::string> const* values = nullptr;
    bool values_complete = false;
    bool nullable = true;
    std::string_view read_as = {};  // expression::read_as
};

expression column_of(std::string alias, catalog_column const& column);

struct catalog_table {
    std::string name;
    std::vector<word> words;  // without prefixes such as tbl_
    std::vector<catalog_column> columns;
    int primary_key = -1;           // its only column, or the one named like an id; -1: none
    std::vector<int> name_columns;  // what a person would call a row by; empty: unknown
    bool view = false;
    std::uint64_t rows = 0;
};

struct join_edge {  // child.columns reference parent.columns
    int child = 0, parent = 0;
    std::vector<std::pair<int, int>> columns;
    bool declared = true;
};

struct value_place {
    column_place where;
    std::string const* text = nullptr;
};

class catalog {
  public:
    explicit catalog(std::shared_ptr<sql::schema const> schema);

    std::vector<catalog_table> const& tables() const { return tables_; }
    std::vector<join_edge> const& edges() const { return edges_; }
    catalog_table const& table(int t) const { return tables_[std::size_t(t)]; }
    catalog_column const& column(column_place p) const {
        return table(p.table).columns[std::size_t(p.column)];
    }
    // Sample values whose words are exactly these (compared by singular); empty list: none.
    std::vector<value_place> const& values(std::string const& key) const;
    // The key under which a value is found: the singulars of its words joined by blanks.
    static std::string value_key(std::string_view text);
    std::size_t longest_value_words() const { return longest_value_; }

  private:
    void read_tables();
    void read_edges();
    void infer_edges();
    void index_values();

    std::shared_ptr<sql::schema const> schema_;
    std::set<std::string> vocabulary_;
    std::vector<catalog_table> tables_;
    std::vector<join_edge> edges_;
    std::unordered_map<std::string, std::vector<value_place>> values_;
    std::size_t longest_value_ = 1;
};

}  // namespace vanna::ask::builtin
