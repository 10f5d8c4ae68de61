#include "core/ask/builtin/stemmer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vanna::ask::builtin {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 26> irregular{{
    {"people", "person"},  {"persons", "person"},     {"children", "child"},       {"men", "man"},
    {"women", "woman"},    {"feet", "foot"},          {"teeth", "tooth"},          {"mice", "mouse"},
    {"geese", "goose"},    {"indices", "index"},      {"matrices", "matrix"},      {"analyses", "analysis"},
    {"crises", "crisis"},  {"criteria", "criterion"}, {"phenomena", "phenomenon"}, {"leaves", "leaf"},
    {"shelves", "shelf"},  {"lives", "life"},         {"wives", "wife"},           {"halves", "half"},
    {"series", "series"},  {"species", "species"},    {"movies", "movie"},         {"data", "data"},
    {"cookies", "cookie"}, {"ties", "tie"},
}};

bool ascii_lower(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// Porter's algorithm on one word; names follow the paper: measure m, *v* has_vowel, *d double consonant, *o
// cvc.
class porter {
  public:
    explicit porter(std::string word) : word_(std::move(word)) {}

    std::string run() {
        if (word_.size() <= 2) return word_;
        plurals();
        past_and_gerund();
        if (ends("y") && has_vowel(word_.size() - 1)) word_.back() = 'i';
        double_suffixes();
        adjective_suffixes();
        bare_suffixes();
        final_e();
        return word_;
    }

  private:
    bool consonant(std::size_t i) const {
        switch (word_[i]) {
            case 'a':
            case 'e':
            case 'i':
            case 'o':
            case 'u':
                return false;
            case 'y':
                return i == 0 || !consonant(i - 1);
            default:
                return true;
        }
    }
    int measure(std::size_t length) const {
        int m = 0;
        for (std::size_t i = 1; i < length; ++i)
            if (consonant(i) && !consonant(i - 1)) ++m;
        return m;
    }
    bool has_vowel(std::size_t length) const {
        for (std::size_t i = 0; i < length; ++i)
            if (!consonant(i)) return true;
        return false;
    }
    bool doubled() const {
        auto const n = word_.size();
        return n >= 2 && word_[n - 1] == word_[n - 2] && consonant(n - 1);
    }
    bool cvc(std::size_t length) const {
        if (length < 3 || !consonant(length - 1) || consonant(length - 2) || !consonant(length - 3))
            return false;
        auto const c = word_[length - 1];
        return c != 'w' && c != 'x' && c != 'y';
    }
    bool ends(std::string_view suffix) const {
        return word_.size() > suffix.size() && word_.ends_with(suffix);
    }
    std::size_t without(std::string_view suffix) const { return word_.size() - suffix.size(); }
    void replace(std::string_view suffix, std::string_view by) {
        word_.replace(without(suffix), std::string::npos, by);
    }

    void plurals() {
        if (ends("sses"))
            replace("es", "");
        else if (ends("ies"))
            replace("ies", "i");
        else if (!ends("ss") && ends("s"))
            replace("s", "");
    }
    void past_and_gerund() {
        if (ends("eed")) {
            if (measure(without("eed")) > 0) replace("eed", "ee");
            return;
        }
        for (std::string_view suffix : {"ed", "ing"}) {
            if (!ends(suffix) || !has_vowel(without(suffix))) continue;
            replace(suffix, "");
            if (ends("at") || ends("bl") || ends("iz"))
                word_ += 'e';
            else if (doubled() && word_.back() != 'l' && word_.back() != 's' && word_.back() != 'z')
                word_.pop_back();
            else if (measure(word_.size()) == 1 && cvc(word_.size()))
                word_ += 'e';
            return;
        }
    }
    template <std::size_t N>
    void first_of(std::array<std::pair<std::string_view, std::string_view>, N> const& table) {
        for (auto const& [suffix, by] : table)
            if (ends(suffix)) {
                if (measure(without(suffix)) > 0) replace(suffix, by);
                return;
            }
    }
    void double_suffixes() {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 20> table{{
            {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
            {"abli", "able"},   {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
            {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
            {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
        }};
        first_of(table);
    }
    void adjective_suffixes() {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> table{{
            {"icate", "ic"},
            {"ative", ""},
            {"alize", "al"},
            {"iciti", "ic"},
            {"ical", "ic"},
            {"ful", ""},
            {"ness", ""},
        }};
        first_of(table);
    }
    void bare_suffixes() {
        for (std::string_view suffix :
             {"al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
              "ism", "ate", "iti", "ous", "ive", "ize"}) {
            if (!ends(suffix)) continue;
            auto const left = without(suffix);
            if (suffix == "ion" && word_[left - 1] != 's' && word_[left - 1] != 't') return;
            if (measure(left) > 1) replace(suffix, "");
            return;
        }
    }
    void final_e() {
        if (ends("e")) {
            auto const left = word_.size() - 1;
            auto const m = measure(left);
            if (m > 1 || (m == 1 && !cvc(left))) word_.pop_back();
        }
        if (measure(word_.size()) > 1 && doubled() && word_.back() == 'l') word_.pop_back();
    }

    std::string word_;
};

}  // namespace

std::string singular(std::string_view word) {
    for (auto const& [plural, one] : irregular)
        if (word == plural) return std::string(one);
    if (word == "ids") return "id";
    if (word.size() < 4 || !ascii_lower(word) || !word.ends_with('s')) return std::string(word);
    auto const cut = [&](std::size_t n) { return std::string(word.substr(0, word.size() - n)); };
    for (std::string_view kept : {"ss", "us", "is", "ous"})
        if (word.ends_with(kept)) return std::string(word);
    if (word.ends_with("ies")) return cut(3) + "y";
    for (std::string_view sibilant : {"sses", "shes", "ches", "xes", "zzes", "uses"})
        if (word.ends_with(sibilant))
            return sibilant == "uses" && !word.ends_with("buses") && !word.ends_with("tuses") ? cut(1)
                                                                                              : cut(2);
    if (word.ends_with("oes") && word.size() > 5) return cut(2);
    return cut(1);
}

std::string root(std::string_view word) {
    auto one = singular(word);
    return ascii_lower(one) ? porter(std::move(one)).run() : one;
}

}  // namespace vanna::ask::builtin
