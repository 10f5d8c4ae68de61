// The grammar words of a question: phrases that say what to do with the things they stand between ("how
// many", "at least", "for each", "in descending order of").
#pragma once
#include <span>
#include <string_view>

namespace vanna::ask::builtin {

enum class cue {
    none,
    show,      // list, show, give, find, return
    what,      // what, which
    who,       // who
    when,      // when
    where,     // where
    count,     // how many, number of
    how_much,  // how much
    how_long,  // how long, how high
    sum,       // total, sum of
    average,
    minimum,  // minimum, lowest: of a column, or the row that has it
    maximum,
    most,  // the most, the largest number of
    fewest,
    commonest,  // most common, most popular
    rarest,
    more,  // more than, over, above, greater
    less,
    at_least,
    at_most,
    or_more,  // after the number
    or_less,
    equal,  // is equal to, exactly
    between,
    after,
    before,
    since,
    until,
    not_,
    no,
    without,
    and_,
    or_,
    but,
    except,  // other than, except
    both,
    either,
    each,  // each, every, per
    by,
    order,  // ordered by, sorted by, in order of
    ascending,
    descending,
    alphabetical,
    distinct,
    top,     // top, first (with a number)
    bottom,  // bottom, last (with a number)
    of,
    in,
    from,
    to,
    with,
    whose,
    that,  // that, who (after a noun), which (after a noun)
    have,
    named,
    containing,
    starting,
    ending,
    any,  // any, some
    all,
    than,
    only,
    percent_of,
    old  // years old
};

struct cue_phrase {
    std::string_view text;  // lower-case words, one blank between
    cue what;
};

// Longest phrases first.
std::span<cue_phrase const> cue_phrases();

}  // namespace vanna::ask::builtin
