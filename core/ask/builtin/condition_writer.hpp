// Writes the conditions of a frame as SQL expressions: comparisons, lists, periods, patterns, averages.
#pragma once
#include "core/ask/builtin/frame.hpp"
#include "core/ask/builtin/statement.hpp"

namespace vanna::ask::builtin {

class condition_writer {
  public:
    // Both must outlive the writer.
    condition_writer(frame const& f, catalog const& known) : frame_(f), known_(known) {}
    // `left` compared as `c` says. Throws `cannot`.
    expression test_of(expression left, condition const& c) const;

  private:
    candidate const& chosen(int ref) const { return frame_.at(ref).chosen; }
    catalog_column const& column(column_place p) const { return known_.column(p); }
    expression literal_expression(literal const& l, column_place beside, bool counted) const;
    expression year_of(literal const& l, column_place place) const;
    expression average_of(quantity const& q) const;

    frame const& frame_;
    catalog const& known_;
};

}  // namespace vanna::ask::builtin
