// What stands before a dot in a statement: tables, sub-queries and the like, by the names that it gives them.
// PostgreSQL takes x.name for a call of name(x) where x has no such column, so the guard must know which
// have.
#pragma once
#include <boost/json.hpp>
#include <map>
#include <string_view>
#include <vector>

#include "db/postgres/target/guard.hpp"

namespace vanna::pg_target {

class qualifiers {
  public:
    // Of the whole statement, wherever in it a name means what; both outlive this.
    qualifiers(boost::json::value const& statement, own_names const& known);

    // Whether all that is called `x` has a column `name`; false where that is not certain.
    bool have_column(std::string_view x, std::string_view name) { return have_column(x, name, 0); }

  private:
    // A table, sub-query or common table expression (its node), or anything else (null).
    struct range {
        boost::json::object const* table = nullptr;
        boost::json::object const* select = nullptr;
        std::vector<std::string_view> columns = {};  // renamed in this order
    };
    bool have_column(std::string_view x, std::string_view name, int depth);
    void collect(std::string_view kind, boost::json::object const& node);
    bool has_column(range const& in, std::string_view name, int depth);
    bool table_has(boost::json::object const& table, std::string_view name, int depth);
    bool select_has(boost::json::object const& select, std::string_view name, int depth);
    bool star_has(std::vector<std::string_view> const& after, boost::json::object const& select,
                  std::string_view name, int depth);
    bool item_has(boost::json::object const& item, std::string_view name, int depth);

    own_names const& known_;
    std::multimap<std::string_view, range> ranges_, expressions_;
    int left_ = 100'000;  // steps, whatever the statement's names lead to
};

}  // namespace vanna::pg_target
