// What a business term stands for when it is more than a column: an expression over columns with a condition
// on rows, read from the term's data_source ("sum(order_items.line_total) where orders.status <>
// 'cancelled'"). Only names of the schema, literals and a short list of functions get through.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ask/builtin/joins.hpp"
#include "core/ask/builtin/statement.hpp"

namespace vanna::ask::builtin {

struct formula {
    std::string term, source, filter;  // filter: the text of the condition
    expression value;                  // its columns name their tables
    std::optional<expression> where;
    column_place of;  // the first column that is computed with; its table's rows are measured
    std::vector<column_place> columns;  // all that are read
    bool aggregates = false;            // else a value of each row
    bool counts = false;  // counts the rows of its table: "outstanding invoices" are things, too

    bool reads(int table) const;
};

// Nothing when it does not parse, names what the schema has not, or would count rows of its table twice.
std::optional<formula> read_formula(std::string_view source, catalog const& known, join_graph const& joins);

}  // namespace vanna::ask::builtin
