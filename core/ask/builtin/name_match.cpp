#include "core/ask/builtin/name_match.hpp"

#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {

std::string run_together_words(std::vector<word> const& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += i + 1 == words.size() ? words[i].singular : words[i].text;
    return out;
}

double word_match(word const& said, word const& known) {
    auto const direct = likeness(said, known);
    if (direct > 0) return direct;
    for (auto other : synonyms(said.singular))
        if (other == known.singular) return 0.8;
    return 0;
}

double name_match(std::vector<word> const& said, std::vector<word> const& known) {
    if (said.empty() || known.empty() || said.size() > known.size()) return 0;
    std::vector<bool> taken(known.size(), false);
    double sum = 0;
    bool in_order = true;
    std::size_t last = 0;
    for (auto const& s : said) {
        double best = 0;
        std::size_t where = 0;
        for (std::size_t k = 0; k < known.size(); ++k) {
            auto const like = taken[k] ? 0 : word_match(s, known[k]);
            if (like > best) {
                best = like;
                where = k;
            }
        }
        if (best == 0) return 0;
        taken[where] = true;
        in_order = in_order && where >= last;
        last = where;
        sum += best;
    }
    auto const quality = sum / double(said.size());
    auto const covered = double(said.size()) / double(known.size());
    auto score = quality;
    if (said.size() < known.size()) score *= taken.back() ? 0.5 + 0.4 * covered : 0.3 + 0.4 * covered;
    return in_order ? score : score * 0.95;
}

bool is_generic(word const& last) {
    auto const& said = last.singular;
    return said == "date" || said == "time" || said == "number" || said == "name" || said == "value";
}

double generic_match(std::vector<word> const& said, std::vector<word> const& column, bool date) {
    if (column.size() > 1 && column[0].singular == "total" &&
        name_match(said, {column.begin() + 1, column.end()}) >= 1)
        return 0.9;
    if (said.size() < 2) return 0;
    auto const& last = said.back().singular;
    bool const generic =
        date ? last == "date" || last == "time" : last == "number" || last == "name" || last == "value";
    auto const like = generic ? name_match({said.begin(), said.end() - 1}, column) : 0;
    return like >= (date ? 0.85 : 1) ? like : 0;
}

double identifier_match(std::vector<word> const& said, std::vector<word> const& known) {
    auto const score = name_match(said, known);
    if (score < 0.9 && said.size() != known.size() && run_together_words(said) == run_together_words(known))
        return 0.97;
    return score;
}

}  // namespace vanna::ask::builtin
