#include "core/ask/builtin/query_shape.hpp"

#include <algorithm>

namespace vanna::ask::builtin {
namespace {

bool measured(quantity const& q) {
    return q.how != aggregate::none;
}

class shaper {
  public:
    shaper(frame const& f, catalog const& known) : frame_(f), known_(known) {}

    query_shape run() {
        s_.shown = frame_.shown;
        s_.order = frame_.order;
        for (auto& q : s_.shown)
            settle(q);
        for (auto& o : s_.order)
            settle(o.by);
        totals();
        plain_per_row();
        once();
        s_.limit = frame_.limit;
        extreme_row();
        s_.aggregated = std::any_of(s_.shown.begin(), s_.shown.end(), measured);
        for (auto c : frame_.conditions) {
            settle(c.left);
            if (c.within < 0) (measured(c.left) ? s_.having : s_.where).push_back(c);
        }
        s_.ranked_by_measure =
            std::any_of(s_.order.begin(), s_.order.end(), [](ordering const& o) { return measured(o.by); });
        groups();
        measured_extreme();
        rows();
        return std::move(s_);
    }

  private:
    candidate const& chosen(int ref) const { return frame_.at(ref).chosen; }
    int table_of(quantity const& q) const { return q.what < 0 ? -1 : chosen(q.what).where.table; }

    // A term that aggregates is what it says; it can be added up no further.
    void settle(quantity& q) const {
        auto const* means = q.what < 0 ? nullptr : chosen(q.what).means;
        bool const own = means && means->aggregates && chosen(q.what).what == candidate::kind::column;
        if (own && q.how != aggregate::none && q.how != aggregate::sum && q.how != aggregate::term)
            throw cannot{"how to compute with " + means->term + ", which is computed itself"};
        if (own)
            q.how = aggregate::term;
        else if (q.how == aggregate::term)
            q.how = aggregate::none;
    }

    void totals() {
        bool const lists = std::any_of(s_.shown.begin(), s_.shown.end(),
                                       [](quantity const& q) { return !measured(q) && !q.total; });
        if (!frame_.ranked && (!lists || !frame_.groups.empty()))
            for (auto& q : s_.shown)
                if (q.total) q.how = aggregate::sum;
    }

    // "the price of each product": computed over one row, it is the row's own.
    void plain_per_row() {
        for (auto const& g : frame_.groups) {
            if (g.by.what < 0 || chosen(g.by.what).where.column >= 0) continue;
            for (auto& q : s_.shown)
                if (measured(q) && q.how != aggregate::count && table_of(q) == table_of(g.by) &&
                    chosen(q.what).where.column >= 0)
                    q.how = aggregate::none;
        }
    }

    // Nothing is shown twice, nor plain beside what is computed of it.
    void once() {
        std::vector<quantity> kept;
        for (auto const& q : s_.shown) {
            bool const again = q.what >= 0 && std::any_of(kept.begin(), kept.end(), [&](quantity const& k) {
                                   return k.what >= 0 && same(k, q) && k.distinct == q.distinct;
                               });
            bool const computed = frame_.groups.empty() && q.what >= 0 && q.how == aggregate::none &&
                                  std::any_of(s_.shown.begin(), s_.shown.end(), [&](quantity const& o) {
                                      return o.what >= 0 && measured(o) && o.how != aggregate::count &&
                                             chosen(o.what).where == chosen(q.what).where;
                                  });
            if (!again && !computed) kept.push_back(q);
        }
        s_.shown = std::move(kept);
    }

    // "the lowest version and its author": of the row that has it.
    void extreme_row() {
        auto const extreme = [](quantity const& q) {
            return q.how == aggregate::minimum || q.how == aggregate::maximum;
        };
        if (s_.shown.size() < 2 || !frame_.groups.empty() || !s_.order.empty()) return;
        if (std::count_if(s_.shown.begin(), s_.shown.end(), measured) != 1) return;
        auto const found = std::find_if(s_.shown.begin(), s_.shown.end(), extreme);
        if (found == s_.shown.end()) return;
        if (found->what < 0 || chosen(found->what).where.column < 0)
            throw cannot{"by which column to choose"};
        bool const descending = found->how == aggregate::maximum;
        found->how = aggregate::none;
        s_.order.push_back({*found, descending});
        s_.limit = 1;
        s_.extreme = true;
    }

    // "how many concerts are in the largest hall": of the row that is ordered first, not the first of the
    // counts.
    void measured_extreme() {
        if (!s_.aggregated || s_.grouped || !frame_.ranked || s_.order.size() != 1) return;
        if (measured(s_.order[0].by)) throw cannot{"which of them are to be measured"};
        if (chosen(s_.order[0].by.what).where.column < 0) throw cannot{"by which column to choose"};
        s_.of_extreme = s_.order[0];
        s_.order.clear();
    }

    void groups() {
        auto& s = s_;
        bool const plain = !std::all_of(s.shown.begin(), s.shown.end(), measured);
        for (auto const& g : frame_.groups) {
            auto const* means = chosen(g.by.what).means;
            if (means && means->aggregates && chosen(g.by.what).what == candidate::kind::column)
                throw cannot{"how to group by " + means->term};
        }
        for (auto const& g : frame_.groups)
            if (g.firm || s.aggregated || s.ranked_by_measure) s.groups.push_back(g.by);
        for (auto const& g : frame_.groups)
            if (!g.firm && !s.aggregated && !s.ranked_by_measure && s.shown.empty()) s.shown.push_back(g.by);
        if (s.shown.empty() && s.groups.empty()) throw cannot{"what to show"};
        if (s.groups.empty() && (s.ranked_by_measure || !s.having.empty() || (s.aggregated && plain)))
            for (auto const& q : s.shown)
                if (!measured(q)) s.groups.push_back(q);
        s.grouped = !s.groups.empty();
        if (s.grouped && (s.aggregated || s.shown.empty())) show_groups();
        if (s.grouped && !s.aggregated && !s.ranked_by_measure && s.having.empty()) {
            s.grouped = false;  // nothing to compute per group: each one once
            s.groups.clear();
            show_groups();
        }
    }

    void show_groups() {
        for (auto const& g : frame_.groups)
            show_group(g.by);
    }

    void show_group(quantity const& group) {
        auto const table = chosen(group.what).where.table;
        for (auto const& q : s_.shown) {
            if (measured(q)) continue;
            if (same(q, group)) return;
            if (chosen(group.what).where.column < 0 && (table_of(q) == table || is_key_to(q, table)))
                return;  // its name or its key was asked for already
        }
        s_.shown.insert(s_.shown.begin(), group);
    }

    bool is_key_to(quantity const& q, int table) const {
        auto const& edges = known_.edges();
        return q.what >= 0 && std::any_of(edges.begin(), edges.end(), [&](join_edge const& e) {
                   return e.parent == table && e.columns.size() == 1 &&
                          column_place{e.child, e.columns[0].first} == chosen(q.what).where;
               });
    }

    bool same(quantity const& a, quantity const& b) const {
        return a.how == b.how && a.part == b.part && chosen(a.what).where == chosen(b.what).where;
    }

    void rows() {
        for (auto const& q : s_.shown)
            if (measured(q)) set_base(q);
        for (auto const& o : s_.order)
            if (measured(o.by)) set_base(o.by);
        for (auto const& c : s_.having)
            set_base(c.left);
        for (auto const& q : s_.shown)
            if (!measured(q) && s_.subject < 0) s_.subject = table_of(q);
        if (s_.subject < 0 && frame_.subject >= 0) s_.subject = chosen(frame_.subject).where.table;
        if (s_.ranked_by_measure || !s_.having.empty()) check_groups();
        if (frame_.ranked && !frame_.groups.empty()) check_ranked_groups();
    }

    // A group for each row of what is counted says nothing.
    void check_groups() const {
        for (auto const& g : s_.groups) {
            auto const& c = chosen(g.what);
            auto const& names = known_.table(c.where.table).name_columns;
            bool const name =
                frame_.groups.empty() && std::find(names.begin(), names.end(), c.where.column) != names.end();
            bool const own =
                c.where.table == s_.base &&
                (c.where.column < 0 || c.where.column == known_.table(s_.base).primary_key || name);
            if (own) throw cannot{"of what each of " + known_.table(s_.base).name + " has so many"};
        }
    }

    // "the best of each": a row of every group, which one order cannot say.
    void check_ranked_groups() const {
        for (auto const& q : s_.shown) {
            bool const of_group =
                measured(q) || std::any_of(s_.groups.begin(), s_.groups.end(), [&](auto const& g) {
                    return table_of(g) == table_of(q) &&
                           (chosen(g.what).where.column < 0 || chosen(g.what).where == chosen(q.what).where);
                });
            if (!of_group) throw cannot{"how to choose one for each group"};
        }
    }

    void set_base(quantity const& q) {
        auto const t = table_of(q);
        if (t < 0) return;
        if (s_.base < 0) s_.base = t;
        if (s_.base == t) return;
        throw cannot{"how to measure two different things (" + known_.table(s_.base).name + " and " +
                     known_.table(t).name + ") in one answer"};
    }

    frame const& frame_;
    catalog const& known_;
    query_shape s_;
};

}  // namespace

query_shape shape_of(frame const& f, catalog const& known) {
    return shaper(f, known).run();
}

}  // namespace vanna::ask::builtin
