// What a question means, before tables are chosen: what to show, under which conditions, per what, in which
// order. Things of the schema are references, each with the readings the linker found; the resolver picks one
// for each.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ask/builtin/items.hpp"

namespace vanna::ask::builtin {

struct reference {
    std::size_t item = 0;
    std::vector<candidate> options;  // best first; one is chosen by the resolver
    int owner = -1;                  // the reference it hangs on ("names of the teachers")
    int column_of = -1;              // of a value: the column named beside it ("city Aberdeen")
    bool display = false;            // a table that stands for its rows' names
    bool singular = false;           // "the teacher", not "teachers" nor "every teacher"
    candidate chosen{};

    bool is_table() const { return chosen.what == candidate::kind::table; }
};

// term: what an ontology term says, which has an aggregate of its own
enum class aggregate { none, count, sum, average, minimum, maximum, term };
inline char const* function_name(aggregate how) {
    static constexpr char const* names[] = {"", "COUNT", "SUM", "AVG", "MIN", "MAX"};
    return names[int(how)];
}
enum class date_part { none, year, quarter, month, week, day };

struct quantity {
    aggregate how = aggregate::none;
    int what = -1;  // a reference; -1: rows
    bool distinct = false;
    date_part part = date_part::none;
    bool total = false;  // a column called by its name with "total": added up unless rows are listed
};

struct literal {
    enum class kind { number, text, value, period } what;
    std::string text;  // digits, or the text
    int value = -1;    // of a value: its reference
    std::optional<period> when;
};

enum class test {
    equal,
    more,
    less,
    at_least,
    at_most,
    between,
    within,
    since,
    contains,
    starts,
    ends,
    missing
};

struct condition {
    quantity left;  // an aggregate makes it a condition on groups
    test how = test::equal;
    bool negated = false;
    std::vector<literal> right;       // any of them
    std::optional<quantity> against;  // "above the average age": computed over the whole table
    bool or_previous = false;
    bool all = false;   // the list was joined by "and": all of them, where a row can have several
    bool both = false;  // "both … and": one and the same may be meant by several rows only
    int within = -1;    // the presence it belongs to; -1: the question's own
};

struct presence {  // "who have a pet", "without orders"
    int what = -1;
    int owner = -1;  // of whom; -1: the subject
    bool negated = false;
};

struct ordering {
    quantity by;
    bool descending = false;
};

struct grouping {
    quantity by;
    bool firm = true;  // else only if something is aggregated ("of each")
};

struct frame {
    std::vector<reference> references;
    std::vector<quantity> shown;
    std::vector<condition> conditions;
    std::vector<presence> presences;
    std::vector<grouping> groups;
    std::vector<ordering> order;
    std::optional<long> limit;
    bool distinct = false;
    bool ranked = false;  // order and limit pick rows ("the oldest"), they are not only for looks
    int subject = -1;     // reference to the table the question is about
    std::set<int> roles;  // join edges whose keys the question names ("departing" for source_airport)
    std::vector<std::string> unlinked, doubts;
    double certainty = 1;

    reference& at(int ref) { return references[std::size_t(ref)]; }
    reference const& at(int ref) const { return references[std::size_t(ref)]; }
};

}  // namespace vanna::ask::builtin
