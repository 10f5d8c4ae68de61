#include "core/ask/builtin/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/ask/builtin/stemmer.hpp"
#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {
namespace {

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return is_lower(c) || is_upper(c) || (c & 0x80);
}

// Takes "countrylanguage" apart into known words, the fewest; empty when it cannot be done.
std::vector<std::string> take_apart(std::string const& text, std::set<std::string> const& vocabulary) {
    auto const n = text.size();
    if (n < 6 || n > 40 || vocabulary.contains(text + "s")) return {};  // a word that has a plural is one
    if (text.ends_with("ship")) return {};                              // membership
    auto const known = [&](std::string const& part) {
        if (part.size() < 2 || part.size() == n) return false;
        if (part.size() == 2 && part != "id" && part != "no" && part != "of") return false;
        auto const common = identifier_words();
        return vocabulary.contains(part) || std::find(common.begin(), common.end(), part) != common.end();
    };
    std::vector<int> best(n + 1, 1000);
    std::vector<std::size_t> from(n + 1, 0);
    best[0] = 0;
    for (std::size_t i = 1; i <= n; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (best[j] + 1 < best[i] && known(text.substr(j, i - j))) {
                best[i] = best[j] + 1;
                from[i] = j;
            }
    if (best[n] > 3) return {};
    std::vector<std::string> parts;
    for (auto i = n; i > 0; i = from[i])
        parts.insert(parts.begin(), text.substr(from[i], i - from[i]));
    return parts;
}

bool one_error_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1) return false;
    auto const [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
    if (x == a.end()) return true;
    if (a.size() < b.size()) return std::equal(x, a.end(), y + 1);
    if (std::equal(x + 1, a.end(), y + 1)) return true;
    return a.end() - x >= 2 && x[0] == y[1] && x[1] == y[0] && std::equal(x + 2, a.end(), y + 2);
}

constexpr std::string_view fillers =
    " a an the is are was were be been being am do does did done will would can could shall "
    "should may might must please me us i we you our my your there here it its they them their "
    "these those this he she his her him so such also just then now as to exactly currently ever "
    "actually itself themselves s let want need like know get got see tell view display provide "
    "information one ones own respective respectively corresponding corresponds correspond along "
    "together located located given up out among across whole entire overall various certain "
    "particular specific listed recorded registered stored existing exist exists available "
    "possible database table record records row rows entry entries result results value values "
    "hold holds held belong belongs belonging come comes coming associated related including "
    "included include includes contained about at yet already still world someone somebody anyone anybody "
    "through pairs ";

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (is_upper(c)) c = char(c - 'A' + 'a');
    return out;
}

word make_word(std::string_view text) {
    word made{lower(text), {}, {}};
    made.singular = singular(made.text);
    made.root = root(made.text);
    return made;
}

std::vector<std::string> identifier_parts(std::string_view name) {
    std::vector<std::string> parts;
    std::string part;
    auto const end_part = [&] {
        if (!part.empty()) parts.push_back(lower(part));
        part.clear();
    };
    for (std::size_t i = 0; i < name.size(); ++i) {
        auto const c = name[i];
        if (!is_letter(c) && !is_digit(c)) {
            end_part();
            continue;
        }
        if (!part.empty()) {
            auto const last = part.back();
            bool const next_lower = i + 1 < name.size() && is_lower(name[i + 1]);
            bool const hump = is_upper(c) && (is_lower(last) || (is_upper(last) && next_lower));
            if (hump || is_digit(c) != is_digit(last)) end_part();
        }
        part += c;
    }
    end_part();
    return parts;
}

std::vector<word> split_identifier(std::string_view name, std::set<std::string> const& vocabulary) {
    std::vector<word> words;
    auto const add = [&](std::string const& part) {
        auto const full = spelt_out(part);
        for (auto const& one : identifier_parts(full.empty() ? std::string_view(part) : full))
            words.push_back(make_word(one));
    };
    auto const parts = identifier_parts(name);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto part = parts[i];
        if (part.size() == 1 && i + 1 < parts.size() && !spelt_out(part + parts[i + 1]).empty())
            part += parts[++i];  // LName
        auto const pieces =
            spelt_out(part).empty() ? take_apart(part, vocabulary) : std::vector<std::string>{};
        if (pieces.empty())
            add(part);
        else
            for (auto const& piece : pieces)
                add(piece);
    }
    return words;
}

double likeness(word const& a, word const& b) {
    if (a.singular == b.singular) return 1;
    if (a.root == b.root && a.root.size() > 2) return 0.85;
    if (std::min(a.singular.size(), b.singular.size()) >= 6 && !is_digit(a.text[0]) &&
        one_error_apart(a.singular, b.singular))
        return 0.8;
    return 0;
}

bool is_participle(std::string_view lower_word) {
    static constexpr auto irregular = std::to_array<std::string_view>(
        {"begun", "born", "bought", "built", "found", "given", "held", "left", "lost", "made", "paid", "sent",
         "sold", "spent", "taken", "won", "written"});
    return (lower_word.size() > 3 && lower_word.ends_with("ed")) ||
           std::find(irregular.begin(), irregular.end(), lower_word) != irregular.end();
}

bool is_light_verb(std::string_view lower_word) {
    static constexpr std::string_view verbs =
        " accounted acquired added affiliated appear appeared appearing applied assigned associated attached "
        "based been "
        "belong belonged belonging belongs booked bought bring brought buy bought carried charged come comes "
        "coming connected considered contain containing contains contributed covered created do done drawn "
        "driven "
        "earned gone go going goes underwent undergone undergo went "
        "employed employing enrolled filed happen happened happening occur occurred generated gave give "
        "given go goes going had handle handled "
        "handles "
        "having held hold holding holds if issued keep keeps kept lie lies live lived lives living made make "
        "makes making manage managed offer offered offering offers ordered originated own owned owning owns "
        "participate participated participating performed place placed placing process processed produce "
        "produced produces purchase purchased reached receive received receives recorded reside residing run "
        "running runs sell selling sells sent serve served serves shared showed shown situated sold "
        "spend "
        "spent "
        "spoken stand started stay submitted supplied supplies supply take taken takes taking took total use "
        "used uses using work worked working works written ";
    return verbs.find(" " + std::string(lower_word) + " ") != std::string_view::npos;
}

bool is_filler(std::string_view lower_word) {
    return fillers.find(" " + std::string(lower_word) + " ") != std::string_view::npos;
}

}  // namespace vanna::ask::builtin
