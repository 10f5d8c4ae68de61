#include "core/ask/builtin/cues.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/ask/builtin/stable.hpp"

namespace vanna::ask::builtin {
namespace {

struct cue_line {
    cue what;
    std::string_view phrases;  // with bars between them
};

constexpr auto lines = std::to_array<cue_line>({
    {cue::show, "show|list|give|find|return|get|display|print|report"},
    {cue::what, "what|which|what kind of"},
    {cue::who, "who"},
    {cue::when, "when"},
    {cue::where, "where"},
    {cue::count,
     "how many|number of|numbers of|total number of|count of|total count of|count|"
     "count the number of|how many times"},
    {cue::sum, "amount of|total|sum of|sum|total amount of|combined"},
    {cue::how_much, "how much"},
    {cue::how_long, "how long|how high|how large|how big|how tall|how heavy|how old"},
    {cue::and_,
     "with their|with its|along with their|together with their|and|as well as|along with|"
     "together with|and also"},
    {cue::average, "average|mean|avg|on average|typical"},
    {cue::minimum, "minimum|min|lowest|smallest|minimal"},
    {cue::fewest,
     "least|fewest|the fewest|fewest number of|least number of|smallest number of|"
     "lowest number of|minimum number of|smallest amount of|least amount of"},
    {cue::maximum, "maximum|max|highest|largest|greatest|biggest|maximal"},
    {cue::most,
     "most|the most|most number of|the most number of|largest number of|highest number of|"
     "greatest number of|maximum number of|biggest number of|largest amount of|"
     "greatest amount of|highest amount of|most of"},
    {cue::commonest, "most common|most popular|most frequent|most frequently|most commonly|most often"},
    {cue::rarest, "least common|least popular|least frequent|least commonly|rarest"},
    {cue::more,
     "more than|greater than|larger than|bigger than|higher than|over|above|exceeding|"
     "exceeds|exceed|exceeded|more|greater|larger|higher|bigger|in excess of"},
    {cue::less,
     "less than|fewer than|smaller than|lower than|under|below|less|fewer|smaller|lower|"
     "beneath"},
    {cue::at_least,
     "at least|no less than|no fewer than|not less than|not fewer than|minimum of|"
     "greater than or equal to|more than or equal to"},
    {cue::at_most, "at most|no more than|not more than|up to|maximum of|less than or equal to"},
    {cue::or_more, "or more|or above|or higher|or greater|or over|or older|or later|or after|or newer"},
    {cue::or_less, "or less|or fewer|or below|or lower|or younger|or earlier|or before"},
    {cue::equal, "equal to|equals|equal|exactly|the same as"},
    {cue::between, "between|in the range of|ranging from"},
    {cue::after, "after|later than"},
    {cue::before, "before|earlier than|prior to"},
    {cue::since, "since|starting from"},
    {cue::until, "until|till"},
    {cue::not_, "not|never|isn't|n't|cannot|don|doesn|didn|isn|aren|wasn|weren|hasn|haven|neither"},
    {cue::no, "no|none|not any"},
    {cue::without, "without|lacking|lack|without any"},
    {cue::or_, "or"},
    {cue::but, "but|but not"},
    {cue::except, "except|except for|other than|excluding|apart from|besides"},
    {cue::both, "both"},
    {cue::either, "either"},
    {cue::each,
     "each|every|per|for each|for different|for each different|for every|in each|of each|by each|from "
     "each|within each|"
     "grouped by|group by|broken down by|split by|for each of the|each of the"},
    {cue::by, "by|according to"},
    {cue::order,
     "ordered by|order by|sorted by|sort by|in order of|ordered|sorted|sort|rank by|"
     "ranked by|order of|in the order of|order the results by|order results by|"
     "order them by|sort them by|sort the results by|arranged by|arrange by|"
     "order the result by|sort the result by|sort the list by"},
    {cue::ascending,
     "ascending|ascendingly|increasing|in ascending order|ascending order|"
     "in increasing order|from low to high|low to high|from young to old|"
     "from lowest to highest|from smallest to largest|from youngest to oldest|"
     "from oldest to newest|oldest first|lowest first|smallest first|earliest first|"
     "from earliest to latest|from least to most|from short to long|"
     "from shortest to longest|in ascending"},
    {cue::descending,
     "descending|descendingly|decreasing|in descending order|descending order|"
     "in decreasing order|from high to low|high to low|from old to young|"
     "from highest to lowest|from largest to smallest|from oldest to youngest|"
     "from newest to oldest|newest first|highest first|largest first|latest first|"
     "most recent first|from most to least|from long to short|from longest to shortest|"
     "reverse|in descending"},
    {cue::alphabetical,
     "alphabetical|alphabetically|in alphabetical order|alphabetical order|"
     "alphabetic order|lexicographical order|in alphabetic order|lexicographically"},
    {cue::distinct, "distinct|different|unique|separate"},
    {cue::top, "top|first"},
    {cue::bottom, "bottom"},
    {cue::of, "of|for"},
    {cue::in, "in|on|within|during|inside"},
    {cue::to, "into"},
    {cue::from, "from"},
    {cue::with, "with"},
    {cue::whose, "whose"},
    {cue::that, "that"},
    {cue::have, "have|has|had|having"},
    {cue::named, "named|called|titled|with the name|with name|entitled|known as"},
    {cue::containing,
     "containing|contains|contain|includes the substring|with the substring|"
     "contain the letter|containing the letter|contains the letter|contain the word|"
     "contains the word|containing the word|with the letter|with the word|"
     "contain the substring|contains the substring|containing the substring|"
     "includes the text"},
    {cue::starting,
     "starting with|starts with|start with|beginning with|begins with|begin with|"
     "starts with the letter|start with the letter|starting with the letter"},
    {cue::ending, "ending with|ends with|end with|ending in|ends in"},
    {cue::any, "any|some"},
    {cue::all, "all|all the|all of the"},
    {cue::than, "than"},
    {cue::only, "only"},
    {cue::percent_of, "percentage of|percent of|proportion of|share of|fraction of"},
    {cue::old, "years old|year old|years of age"},
});

}  // namespace

std::span<cue_phrase const> cue_phrases() {
    static auto const sorted = [] {
        std::vector<cue_phrase> all;
        for (auto const& line : lines)
            for (auto left = line.phrases; !left.empty();) {
                auto const end = std::min(left.find('|'), left.size());
                all.push_back({left.substr(0, end), line.what});
                left.remove_prefix(std::min(end + 1, left.size()));
            }
        sort_stably(all, [](auto const& a, auto const& b) { return a.text.size() > b.text.size(); });
        return all;
    }();
    return sorted;
}

}  // namespace vanna::ask::builtin
