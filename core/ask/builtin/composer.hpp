// Turns a resolved frame into one SELECT. Rows are never counted or summed twice: what would multiply them
// becomes a condition with a sub-query, and what cannot be said so is declined.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ask/builtin/condition_writer.hpp"
#include "core/ask/builtin/frame.hpp"
#include "core/ask/builtin/joins.hpp"
#include "core/ask/builtin/query_shape.hpp"
#include "core/ask/builtin/statement.hpp"

namespace vanna::ask::builtin {

struct composed {
    std::optional<select_statement> statement;  // nothing: `problem` says why
    std::string problem;
    std::vector<std::string> notes;
    std::vector<int> tables;
    double certainty = 1;
};

class composer {
  public:
    // All three must outlive the composer.
    composer(frame const& f, catalog const& known, join_graph const& joins)
        : frame_(f), known_(known), joins_(joins), writer_(f, known) {}
    composed run();

  private:
    candidate const& chosen(int ref) const { return frame_.at(ref).chosen; }
    int table_of(quantity const& q) const { return q.what < 0 ? -1 : chosen(q.what).where.table; }
    catalog_column const& column(column_place p) const { return known_.column(p); }
    expression named(column_place p) const { return column_of(known_.table(p.table).name, column(p)); }

    // composer.cpp
    select_statement statement();
    void rows_of_extreme();
    void choose_root();
    void need(int table);
    void place_conditions(select_statement& out);
    void each_apart(condition const& c);
    bool shows_categories() const;
    bool excludes_another(condition const& c) const;
    void intersect(select_statement& out) const;
    void place_presences(select_statement& out, std::vector<expression>& where);
    join_plan connect();
    void check_all_used() const;
    void conditions(std::vector<expression>& where);
    expression extreme_rows() const;
    void columns(select_statement& out);
    void limits(select_statement& out);
    // composer_terms.cpp
    void check_measures() const;
    void place_terms(select_statement& out);
    std::vector<formula const*> terms_in_use() const;
    expression localised(expression e) const;
    expression value_of(candidate const& c) const;
    // composer_joins.cpp
    bool fans_out(int from, int to) const;
    int root_of_groups() const;
    bool only_counts() const;
    int owner_of(presence const& p) const;
    void prune(join_plan& plan);
    bool prune_leaf(join_plan& plan, std::size_t i);
    std::set<int> columns_used(int table) const;
    void collect(quantity const& q, int table, std::set<int>& used, bool by_key = false) const;
    void join(select_statement& out, join_plan const& plan) const;
    expression on(join_step const& step) const;
    expression semi_join(int from, int to, std::vector<condition> const& list, std::vector<expression> where,
                         bool negated);
    expression absence(int from, presence const& p);
    // composer_columns.cpp
    expression plain_column(column_place p) const;
    std::vector<expression> shown(quantity const& q) const;
    expression dated(quantity const& q, expression column_expression) const;
    expression measure(quantity const& q) const;
    expression count(quantity const& q) const;
    bool pure_junction(int t) const;
    void group(select_statement& out) const;
    bool all_of_subject() const;
    void order(select_statement& out, ordering const& o) const;

    frame const& frame_;
    catalog const& known_;
    join_graph const& joins_;
    condition_writer writer_;
    query_shape s_;
    int root_ = -1;                                         // the first table of FROM; its rows are counted
    std::vector<int> joined_;                               // the root and what is joined to it
    std::vector<condition> plain_, singles_, both_;         // on joined tables; one sub-query each; INTERSECT
    std::map<int, std::vector<condition>> apart_;           // in one sub-query a table
    std::vector<formula const*> filters_;                   // of terms, on joined tables
    std::map<int, std::vector<expression>> filters_apart_;  // in the sub-query of a table
    std::set<int> preferred_, touched_;
    std::vector<std::string> notes_;
    std::map<column_place, column_place> stand_ins_;
    double certainty_ = 1;
    bool several_ = false;  // tables: columns are written with theirs
};

composed compose(frame const& f, catalog const& known, join_graph const& joins);

}  // namespace vanna::ask::builtin
