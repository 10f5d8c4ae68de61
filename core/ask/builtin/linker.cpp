#include "core/ask/builtin/linker.hpp"

#include <algorithm>

#include "core/ask/builtin/name_match.hpp"
#include "core/ask/builtin/neighbours.hpp"
#include "core/ask/builtin/stable.hpp"

namespace vanna::ask::builtin {
namespace {

constexpr double least_link = 0.55;
constexpr std::size_t longest_span = 6;

struct phrase {  // the words of a span of tokens
    std::vector<word> words;
};

// "Asian" and "European" for the values Asia and Europe.
std::vector<std::string> as_place(std::string const& text) {
    std::vector<std::string> forms;
    if (text.size() > 4 && text.ends_with('n')) forms.push_back(text.substr(0, text.size() - 1));
    if (text.size() > 5 && text.ends_with("an")) forms.push_back(text.substr(0, text.size() - 2));
    return forms;
}

class linker {
  public:
    linker(std::vector<token> const& tokens, catalog const& known, glossary const& terms,
           std::chrono::year_month_day today)
        : tokens_(tokens), known_(known), terms_(terms), today_(today) {}

    std::vector<item> run() {
        auto const n = tokens_.size();
        std::vector<double> best(n + 1, -1e9);
        std::vector<std::size_t> from(n + 1, 0);
        std::vector<std::optional<item>> made(n + 1);
        best[0] = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (best[i] < -1e8) continue;
            for (auto& [found, weight] : readings_at(i)) {
                auto const end = found.last;
                if (best[i] + weight <= best[end] + 1e-9) continue;
                best[end] = best[i] + weight;
                from[end] = i;
                made[end] = std::move(found);
            }
        }
        std::vector<item> row;
        for (auto i = n; i > 0; i = from[i])
            if (made[i]->what != item::kind::unknown || !made[i]->text.empty())
                row.push_back(std::move(*made[i]));
        std::reverse(row.begin(), row.end());
        drop_far_participles(row, tokens_);
        join_names(row, tokens_);
        drop_present(row);
        return row;
    }

  private:
    using reading = std::pair<item, double>;

    item blank(item::kind what, std::size_t i, std::size_t length) const {
        item one{what, i, i + length};
        for (auto k = i; k < i + length; ++k) {
            if (tokens_[k].what == token::kind::comma) continue;
            if (!one.text.empty() && tokens_[k].start > tokens_[k - 1].end) one.text += ' ';
            one.text += tokens_[k].text;
        }
        one.capitalised = tokens_[i].capitalised;
        return one;
    }

    std::vector<reading> readings_at(std::size_t i) {
        std::vector<reading> all;
        auto const& t = tokens_[i];
        if (t.what == token::kind::comma || t.what == token::kind::possessive) {
            all.emplace_back(
                blank(t.what == token::kind::comma ? item::kind::comma : item::kind::possessive, i, 1), 0);
            all.back().first.text = t.text;
            return all;
        }
        if (t.what == token::kind::quoted) {
            all.push_back(quoted(i));
            return all;
        }
        add_period(i, all);
        if (t.what == token::kind::number) {
            auto one = blank(item::kind::number, i, 1);
            one.digits = t.digits;
            one.number = t.number;
            all.emplace_back(std::move(one), 0.9);
        }
        add_cue(i, all);
        add_degree(i, all);
        for (std::size_t length = 1;
             length <= std::max(longest_span, known_.longest_value_words()) && i + length <= tokens_.size();
             ++length) {
            if (tokens_[i + length - 1].what != token::kind::word &&
                tokens_[i + length - 1].what != token::kind::number)
                break;
            add_link(i, length, all);
        }
        if (t.what == token::kind::word) {
            bool const filler = is_filler(t.as_word.text);
            auto one = blank(item::kind::unknown, i, 1);
            if (filler) one.text.clear();  // dropped from the row
            all.emplace_back(std::move(one), filler ? 0.05 : -0.6);
        }
        return all;
    }

    reading quoted(std::size_t i) {
        auto one = blank(item::kind::text, i, 1);
        one.quoted = true;
        for (auto const& found : known_.values(catalog::value_key(one.text)))
            one.candidates.push_back({candidate::kind::value,
                                      found.where,
                                      found.text,
                                      -1,
                                      lower(*found.text) == lower(one.text) ? 1.0 : 0.8,
                                      {}});
        sort(one.candidates);
        if (!one.candidates.empty()) one.what = item::kind::link;
        return {std::move(one), 1};
    }

    void add_period(std::size_t i, std::vector<reading>& all) {
        auto const found = read_period(std::span(tokens_).subspan(i), today_);
        if (!found) return;
        auto one = blank(item::kind::period, i, found->tokens);
        one.when = found->when;
        if (found->when.year_only) {
            one.digits = tokens_[i].digits;
            one.number = tokens_[i].number;
        }
        all.emplace_back(std::move(one), 0.97 * double(found->tokens));
    }

    bool words_are(std::size_t i, std::string_view text, std::size_t& length) const {
        length = 0;
        while (!text.empty()) {
            auto const end = std::min(text.find(' '), text.size());
            if (i + length >= tokens_.size() || tokens_[i + length].what != token::kind::word ||
                tokens_[i + length].as_word.text != text.substr(0, end))
                return false;
            ++length;
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return true;
    }

    void add_cue(std::size_t i, std::vector<reading>& all) {
        if (tokens_[i].what != token::kind::word) return;
        for (auto const& p : cue_phrases()) {
            std::size_t length = 0;
            if (!words_are(i, p.text, length)) continue;
            auto one = blank(item::kind::cue, i, length);
            one.cue = p.what;
            all.emplace_back(std::move(one), 0.95 * double(length) + (length > 1 ? 0.04 : 0));
        }
    }

    void add_degree(std::size_t i, std::vector<reading>& all) {
        if (tokens_[i].what != token::kind::word) return;
        std::string text = tokens_[i].as_word.text;
        for (std::size_t length = 1; length <= 2 && i + length <= tokens_.size(); ++length) {
            if (length == 2) text += " " + tokens_[i + 1].as_word.text;
            auto const* g = degree_of(text);
            if (!g) continue;
            auto one = blank(item::kind::degree, i, length);
            one.degree = g;
            all.emplace_back(std::move(one), 0.96 * double(length) + (length > 1 ? 0.03 : 0));
        }
    }

    void add_link(std::size_t i, std::size_t length, std::vector<reading>& all) {
        phrase said;
        bool content = false;
        for (auto k = i; k < i + length; ++k) {
            auto const& text = tokens_[k].as_word.text;
            bool const inside = k > i && k + 1 < i + length;
            if (inside && (text == "is" || text == "are" || text == "was" || text == "were")) continue;
            said.words.push_back(tokens_[k].as_word);
            content = content || !is_filler(tokens_[k].as_word.text);
        }
        if (!content) return;
        auto one = blank(item::kind::link, i, length);
        if (said.words.size() <= longest_span && (tokens_[i].what == token::kind::word || length > 1)) {
            names(said.words, one.candidates);
            of_turned_round(said.words, one.candidates);
        }
        values(i, length, one.candidates);
        std::erase_if(one.candidates, [](candidate const& c) { return c.score < least_link; });
        if (one.candidates.empty()) return;
        sort(one.candidates);
        bool const whole_value = length > 1 && one.candidates.front().what == candidate::kind::value;
        auto const weight = one.candidates.front().score * double(length) + (whole_value  ? 0.1
                                                                             : length > 1 ? 0.01
                                                                                          : 0);
        all.emplace_back(std::move(one), weight);
    }

    void names(std::vector<word> const& said, std::vector<candidate>& out) const {
        for (int t = 0; t < int(known_.tables().size()); ++t) {
            auto const& table = known_.table(t);
            auto const score = identifier_match(said, table.words);
            if (score >= least_link) out.push_back({candidate::kind::table, {t, -1}, nullptr, -1, score, {}});
            for (int c = 0; c < int(table.columns.size()); ++c) {
                auto const& column = table.columns[std::size_t(c)];
                auto like = identifier_match(said, column.words);
                if (column.core.size() < column.words.size())
                    like = std::max(like, 0.98 * identifier_match(said, column.core));
                like = std::max(like, generic_match(said, column.words, column.kind == column_kind::date));
                if (like >= least_link)
                    out.push_back({candidate::kind::column, {t, c}, nullptr, -1, like, {}});
                else if (names_event(said, column))
                    out.push_back(
                        {candidate::kind::column, {t, c}, nullptr, -1, 0.8, {}, false, nullptr, false, true});
            }
        }
        for (int e = 0; e < int(known_.edges().size());
             ++e) {  // "manager" for the employee that manager_id names
            auto const& edge = known_.edges()[std::size_t(e)];
            if (edge.columns.size() != 1) continue;
            auto role = known_.table(edge.child).columns[std::size_t(edge.columns[0].first)].words;
            if (role.size() < 2 ||
                (role.back().text != "id" && role.back().text != "code" && role.back().text != "key"))
                continue;
            role.pop_back();
            if (name_match(role, known_.table(edge.child).words) > 0.9) continue;
            auto const score = 0.9 * identifier_match(said, role);
            auto const direct = identifier_match(said, known_.table(edge.parent).words);
            if (score >= 0.7 && direct < score)
                out.push_back({candidate::kind::table, {edge.parent, -1}, nullptr, e, score, {}});
        }
        for (auto const& entry : terms_.entries()) {
            auto const like = said.size() == entry.words.size() ? name_match(said, entry.words) : 0;
            auto const score = entry.means && like == 1 ? 1 : 0.95 * like;  // what the business has defined
            if (score < (entry.means ? 1 : 0.75)) continue;
            candidate made{entry.where.column < 0 ? candidate::kind::table : candidate::kind::column,
                           entry.where,
                           nullptr,
                           -1,
                           score,
                           entry.term};
            made.means = entry.means;
            made.number = entry.number && said.back().text == said.back().singular;
            out.push_back(std::move(made));
        }
    }

    // "hired" for hire_date, "discontinued" for discontinued_at.
    static bool names_event(std::vector<word> const& said, catalog_column const& column) {
        bool const dated = column.kind == column_kind::date || column.integer_year;
        return said.size() == 1 && dated && column.words.size() == 2 && is_participle(said[0].text) &&
               word_match(said[0], column.words[0]) > 0;
    }

    // "date of birth" for a column birth_date; not where the second part is the table: "name of country"
    // stays two.
    void of_turned_round(std::vector<word> const& said, std::vector<candidate>& out) const {
        if (said.size() < 3 || said[1].text != "of" || said[0].singular == "number") return;
        std::vector<word> turned(said.begin() + 2, said.end());
        auto const owner = turned;
        turned.push_back(said[0]);
        for (auto const& table : known_.tables())
            if (identifier_match(owner, table.words) > 0.9) return;
        for (int t = 0; t < int(known_.tables().size()); ++t) {
            auto const& table = known_.table(t);
            if (identifier_match(owner, table.words) > least_link) continue;
            for (int c = 0; c < int(table.columns.size()); ++c) {
                auto const score = name_match(turned, table.columns[std::size_t(c)].words);
                if (score > 0.79 && turned.size() == table.columns[std::size_t(c)].words.size())
                    out.push_back({candidate::kind::column, {t, c}, nullptr, -1, score, {}});
            }
        }
    }

    void values(std::size_t i, std::size_t length, std::vector<candidate>& out) const {
        std::string key;
        std::string text;
        bool capital = false;
        for (auto k = i; k < i + length; ++k) {
            key += (k == i ? "" : " ") + catalog::value_key(tokens_[k].text);
            text += (k == i ? "" : " ") + tokens_[k].as_word.text;
            capital = capital || (tokens_[k].capitalised && !tokens_[k].first);
        }
        if (length == 1 && !capital && (is_filler(text) || tokens_[i].what == token::kind::number)) return;
        auto const add = [&](std::string const& wanted, double score) {
            for (auto const& found : known_.values(wanted)) {
                bool const same_case = lower(*found.text) == text;
                out.push_back({candidate::kind::value,
                               found.where,
                               found.text,
                               -1,
                               score * (same_case ? 1 : 0.93),
                               {}});
            }
        };
        add(key, capital || length > 1 ? 1 : 0.9);
        if (length == 1)
            for (auto const& form : as_place(key))
                add(form, capital ? 0.9 : 0.8);
    }

    static void sort(std::vector<candidate>& list) {
        sort_stably(list, [](auto const& a, auto const& b) { return a.score > b.score; });
        if (list.size() > 24) list.resize(24);
    }

    std::vector<token> const& tokens_;
    catalog const& known_;
    glossary const& terms_;
    std::chrono::year_month_day today_;
};

}  // namespace

bool item::links_to(candidate::kind k, double least) const {
    return best(k) >= least;
}

double item::best(candidate::kind k) const {
    double found = 0;
    for (auto const& c : candidates)
        if (c.what == k) found = std::max(found, c.score);
    return found;
}

std::vector<item> link(std::vector<token> tokens, catalog const& known, glossary const& terms,
                       std::chrono::year_month_day today) {
    share_heads(tokens, known);
    return linker(tokens, known, terms, today).run();
}

}  // namespace vanna::ask::builtin
