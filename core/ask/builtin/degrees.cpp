#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {
namespace {

struct adjective_line {
    std::string_view comparative, superlative;
    bool more;
    std::string_view columns;  // words, best first; a leading '-' where a smaller value is more
};

constexpr auto adjectives = std::to_array<adjective_line>({
    {"older", "oldest", true, "age -birth -birthday -born -founded -established -opened -built -year -date"},
    {"younger", "youngest", false,
     "age -birth -birthday -born -founded -established -opened -built -year -date"},
    {"taller", "tallest", true, "height"},
    {"higher", "highest", true, "height elevation altitude"},
    {"lower", "lowest", false, "height elevation altitude"},
    {"shorter", "shortest", false, "height length duration distance time"},
    {"longer", "longest", true, "length duration distance time"},
    {"heavier", "heaviest", true, "weight"},
    {"lighter", "lightest", false, "weight"},
    {"cheaper", "cheapest", false, "price cost rate fee amount"},
    {"pricier", "priciest", true, "price cost rate fee amount"},
    {"costlier", "costliest", true, "cost price amount"},
    {"larger", "largest", true, "size area population capacity amount total"},
    {"bigger", "biggest", true, "size area population capacity amount total"},
    {"smaller", "smallest", false, "size area population capacity amount total"},
    {"richer", "richest", true, "worth money income salary earnings balance gdp gnp"},
    {"poorer", "poorest", false, "worth money income salary earnings balance gdp gnp"},
    {"faster", "fastest", true, "speed velocity horsepower -time -duration"},
    {"slower", "slowest", false, "speed velocity horsepower -time -duration"},
    {"newer", "newest", true, "date created year launch added"},
    {"later", "latest", true, "date time year created"},
    {"earlier", "earliest", false, "date time year created"},
    {"better", "best", true, "rating score stars -rank points"},
    {"worse", "worst", false, "rating score stars -rank points"},
    {"deeper", "deepest", true, "depth"},
    {"wider", "widest", true, "width"},
    {"warmer", "warmest", true, "temperature"},
    {"hotter", "hottest", true, "temperature"},
    {"colder", "coldest", false, "temperature"},
    {"stronger", "strongest", true, "strength power"},
    {"farther", "farthest", true, "distance"},
    {"closer", "closest", false, "distance"},
    {"more expensive", "most expensive", true, "price cost rate fee amount"},
    {"less expensive", "least expensive", false, "price cost rate fee amount"},
    {"more populated", "most populated", true, "population"},
    {"less populated", "least populated", false, "population"},
    {"more populous", "most populous", true, "population"},
    {"less populous", "least populous", false, "population"},
    {"more recent", "most recent", true, "date created year time"},
    {"less recent", "least recent", false, "date created year time"},
    {"better paid", "best paid", true, "salary wage pay income compensation earnings"},
    {"higher paid", "highest paid", true, "salary wage pay income compensation earnings"},
    {"lower paid", "lowest paid", false, "salary wage pay income compensation earnings"},
    {"more highly rated", "highest rated", true, "rating score"},
    {"more experienced", "most experienced", true, "experience"},
});

std::unordered_map<std::string_view, grading> make_degrees() {
    std::unordered_map<std::string_view, grading> map;
    for (auto const& line : adjectives) {
        grading g;
        g.more = line.more;
        for (auto left = line.columns; !left.empty();) {
            auto const end = std::min(left.find(' '), left.size());
            auto const column = left.substr(0, end);
            left.remove_prefix(std::min(end + 1, left.size()));
            bool const inverse = column.starts_with('-');
            g.columns.push_back({inverse ? column.substr(1) : column, !inverse});
        }
        map.emplace(line.comparative, g);
        g.superlative = true;
        map.emplace(line.superlative, g);
    }
    return map;
}

}  // namespace

grading const* degree_of(std::string_view lower_word) {
    static auto const map = make_degrees();
    auto const found = map.find(lower_word);
    return found == map.end() ? nullptr : &found->second;
}

}  // namespace vanna::ask::builtin
