#include "core/ask/builtin/linker.hpp"

#include <algorithm>

#include "core/ask/builtin/linked_names.hpp"
#include "core/ask/builtin/neighbours.hpp"
#include "core/ask/builtin/stable.hpp"

namespace vanna::ask::builtin {
namespace {

constexpr std::size_t longest_span = 6;

// "Asian" and "European" for the values Asia and Europe.
std::vector<std::string> as_place(std::string const& text) {
    std::vector<std::string> forms;
    if (text.size() > 4 && text.ends_with('n')) forms.push_back(text.substr(0, text.size() - 1));
    if (text.size() > 5 && text.ends_with("an")) forms.push_back(text.substr(0, text.size() - 2));
    return forms;
}

class linker {
  public:
    linker(std::vector<token> const& tokens, name_index const& names, std::chrono::year_month_day today)
        : tokens_(tokens), known_(names.known()), names_(names), today_(today) {
        for (auto const& t : tokens_)
            value_keys_.push_back(catalog::value_key(t.text));
    }

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
        known_values_first(row);
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
            bool const article = length > 0 && i + length < tokens_.size() &&
                                 tokens_[i + length].as_word.text == "the" && text.substr(0, end) != "the";
            if (article) ++length;  // "from the oldest to the youngest"
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
            bool const more = p.what == cue::or_more || p.what == cue::or_less;
            bool const starts_anew =
                i + length < tokens_.size() && (tokens_[i + length].what == token::kind::number ||
                                                tokens_[i + length].what == token::kind::date);
            if (more && starts_anew) continue;  // "after 2013 or before 2008"
            auto one = blank(item::kind::cue, i, length);
            one.cue = p.what;
            all.emplace_back(std::move(one), 0.95 * double(length) + 0.045 * double(length - 1));
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
        std::vector<word> said;
        bool content = false;
        for (auto k = i; k < i + length; ++k) {
            auto const& text = tokens_[k].as_word.text;
            bool const inside = k > i && k + 1 < i + length;
            if (inside && (text == "is" || text == "are" || text == "was" || text == "were")) continue;
            said.push_back(tokens_[k].as_word);
            content = content || !is_filler(tokens_[k].as_word.text);
        }
        if (!content && length > 1) return;
        auto one = blank(item::kind::link, i, length);
        if (said.size() <= longest_span && (tokens_[i].what == token::kind::word || length > 1)) {
            names_.find(said, one.candidates);
        }
        values(i, length, one.candidates);
        auto const needed = content ? least_link : is_thing(tokens_[i].as_word.text) ? 0.98 : 2;
        std::erase_if(one.candidates, [&](candidate const& c) { return c.score < needed; });
        if (one.candidates.empty()) return;
        sort(one.candidates);
        bool const said_by_the_way = length == 1 && is_light_verb(tokens_[i].as_word.text) &&
                                     one.candidates.front().score < 0.9 && !tokens_[i].capitalised;
        if (said_by_the_way) return;  // "shared by" is no share
        bool const whole_value = length > 1 && one.candidates.front().what == candidate::kind::value;
        auto const weight = one.candidates.front().score * double(length) + (whole_value  ? 0.1
                                                                             : length > 1 ? 0.01
                                                                                          : 0);
        all.emplace_back(std::move(one), length == 1 && computes(i) ? std::min(weight, 0.9) : weight);
    }

    // Fillers that may be a column's or a table's whole name.
    static bool is_thing(std::string_view text) {
        static constexpr std::string_view things =
            " record result value entry records results values entries ";
        return things.find(" " + std::string(text) + " ") != std::string_view::npos;
    }

    // "the average age", "average and minimum age": no column called average is meant.
    bool computes(std::size_t i) const {
        static constexpr std::string_view words =
            " average mean minimum maximum min max highest lowest total ";
        auto const is_one = [&](std::size_t k) {
            return k < tokens_.size() &&
                   words.find(" " + tokens_[k].as_word.text + " ") != std::string_view::npos;
        };
        if (!is_one(i)) return false;
        auto next = i + 1;
        while (next < tokens_.size() &&
               (tokens_[next].what == token::kind::comma || tokens_[next].as_word.text == "and"))
            ++next;
        if (next > i + 1) return is_one(next);
        auto const& said = next < tokens_.size() ? tokens_[next].as_word.text : std::string();
        return !said.empty() && tokens_[next].what == token::kind::word && said != "or" && said != "is" &&
               said != "for";
    }

    void values(std::size_t i, std::size_t length, std::vector<candidate>& out) const {
        std::string key;
        std::string text;
        bool capital = false;
        for (auto k = i; k < i + length; ++k) {
            key += (k == i ? "" : " ") + value_keys_[k];
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
    name_finder names_;
    std::vector<std::string> value_keys_;  // by token
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

std::vector<item> link(std::vector<token> tokens, name_index const& names,
                       std::chrono::year_month_day today) {
    share_heads(tokens, names.known());
    return linker(tokens, names, today).run();
}

}  // namespace vanna::ask::builtin
