#include "core/ask/builtin/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace vanna::ask::builtin {
namespace {

constexpr auto number_words = std::to_array<std::pair<std::string_view, int>>(
    {{"zero", 0},     {"one", 1},      {"two", 2},        {"three", 3},     {"four", 4},
     {"five", 5},     {"six", 6},      {"seven", 7},      {"eight", 8},     {"nine", 9},
     {"ten", 10},     {"eleven", 11},  {"twelve", 12},    {"thirteen", 13}, {"fourteen", 14},
     {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
     {"twenty", 20},  {"thirty", 30},  {"forty", 40},     {"fifty", 50},    {"sixty", 60},
     {"seventy", 70}, {"eighty", 80},  {"ninety", 90},    {"hundred", 100}, {"dozen", 12},
     {"once", 1},     {"twice", 2}});

constexpr auto multipliers = std::to_array<std::pair<std::string_view, long>>({{"hundred", 100},
                                                                               {"thousand", 1000},
                                                                               {"k", 1000},
                                                                               {"million", 1'000'000},
                                                                               {"m", 1'000'000},
                                                                               {"billion", 1'000'000'000}});

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || (c & 0x80);
}
bool is_space(char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
}

struct quote_mark {
    std::string_view open, close;
};
constexpr auto quote_marks = std::to_array<quote_mark>({{"\"", "\""},
                                                        {"'", "'"},
                                                        {"``", "''"},
                                                        {"`", "`"},
                                                        {"\u2018", "\u2019"},
                                                        {"\u201c", "\u201d"},
                                                        {"\u00ab", "\u00bb"}});

std::string written(double value) {
    if (value == double(long(value)) && value < 1e15 && value > -1e15) return std::to_string(long(value));
    char buffer[64];
    auto const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

class lexer {
  public:
    explicit lexer(std::string_view text) : text_(text) {}

    std::vector<token> run() {
        while (at_ < text_.size())
            step();
        return std::move(tokens_);
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool follows(std::string_view what) const { return text_.substr(at_).starts_with(what); }

    void add(token::kind what, std::size_t length, std::string text) {
        token made{what, std::move(text), {}, 0, {}, false, {}, false, sentence_start_, at_, at_ + length};
        sentence_start_ = false;
        tokens_.push_back(std::move(made));
        at_ += length;
    }

    void step() {
        auto const c = text_[at_];
        if (is_space(c)) {
            ++at_;
        } else if (possessive() || quoted() || date() || number()) {
        } else if (is_word_char(c)) {
            word_token();
        } else {
            if (c == ',') add(token::kind::comma, 0, ",");
            if (c == '.' || c == '?' || c == '!' || c == ';') {
                if (!tokens_.empty() && tokens_.back().what != token::kind::comma)
                    add(token::kind::comma, 0, ".");
                sentence_start_ = true;
            }
            ++at_;
        }
    }

    bool after_word() const { return at_ > 0 && is_word_char(text_[at_ - 1]); }

    // The 's and s' of an owner. ' s' with spaces around the mark occurs in typed questions as well.
    bool possessive() {
        for (std::string_view mark : {"'", "\u2019"}) {
            if (!follows(mark) || !after_word()) continue;
            auto const next = at_ + mark.size();
            bool const s = next < text_.size() && text_[next] == 's' &&
                           (next + 1 == text_.size() || !is_word_char(text_[next + 1]));
            bool const plural =
                text_[at_ - 1] == 's' && (next == text_.size() || is_space(text_[next])) && !quote_open_;
            if (!s && !plural) continue;
            add(token::kind::possessive, mark.size() + (s ? 1 : 0), "'s");
            return true;
        }
        return false;
    }

    bool quoted() {
        if (after_word()) return false;
        for (auto const& [open, close] : quote_marks) {
            if (!follows(open)) continue;
            auto const from = at_ + open.size();
            for (auto end = text_.find(close, from); end != std::string_view::npos;
                 end = text_.find(close, end + 1)) {
                auto const after = end + close.size();
                bool const inside_word = after < text_.size() && is_word_char(text_[after]) && end > from &&
                                         is_word_char(text_[end - 1]);
                if (inside_word) continue;  // the apostrophe of "O'Brien"
                auto content = text_.substr(from, end - from);
                while (!content.empty() && is_space(content.front()))
                    content.remove_prefix(1);
                while (!content.empty() && is_space(content.back()))
                    content.remove_suffix(1);
                if (content.empty() || content.size() > 200) break;
                add(token::kind::quoted, after - at_, std::string(content));
                return true;
            }
        }
        return false;
    }

    std::optional<int> digits_at(std::size_t from, std::size_t count) const {
        int value = 0;
        if (from + count > text_.size()) return {};
        for (auto i = from; i < from + count; ++i) {
            if (!is_digit(text_[i])) return {};
            value = value * 10 + (text_[i] - '0');
        }
        return value;
    }

    bool date() {  // 2024-01-31
        auto const y = digits_at(at_, 4), m = digits_at(at_ + 5, 2), d = digits_at(at_ + 8, 2);
        if (after_word() || !y || !m || !d || (peek(4) != '-' && peek(4) != '/') || peek(7) != peek(4) ||
            is_digit(peek(10)))
            return false;
        std::chrono::year_month_day const when{std::chrono::year(*y), std::chrono::month(unsigned(*m)),
                                               std::chrono::day(unsigned(*d))};
        if (!when.ok()) return false;
        add(token::kind::date, 10, std::string(text_.substr(at_, 10)));
        tokens_.back().date = when;
        return true;
    }

    bool number() {
        auto const from = at_;
        auto i = at_;
        while (i < text_.size() && (text_[i] == '$' || text_.substr(i).starts_with("\u20ac") ||
                                    text_.substr(i).starts_with("\u00a3")))
            i += text_[i] == '$' ? 1 : text_.substr(i).starts_with("\u20ac") ? 3 : 2;
        bool const negative = i < text_.size() && text_[i] == '-' && !after_word();
        if (negative) ++i;
        if (i >= text_.size() || !is_digit(text_[i]) || after_word()) return false;
        std::string digits;
        auto const grouped = [&] {
            return text_[i] == ',' && digits.size() <= 15 && digits_at(i + 1, 3) && !digits_at(i + 4, 1);
        };
        for (; i < text_.size() && (is_digit(text_[i]) || grouped()); ++i)
            if (text_[i] != ',') digits += text_[i];
        if (i + 1 < text_.size() && text_[i] == '.' && is_digit(text_[i + 1])) {
            digits += '.';
            for (++i; i < text_.size() && is_digit(text_[i]); ++i)
                digits += text_[i];
        }
        if (digits.size() > 18) return false;
        long scale = 1;
        for (auto const& [name, factor] : multipliers)
            if (name.size() == 1 && i < text_.size() && lower(text_.substr(i, 1)) == name &&
                (i + 1 == text_.size() || !is_word_char(text_[i + 1]))) {
                scale = factor;
                ++i;
                break;
            }
        if (i < text_.size() && is_word_char(text_[i])) return false;  // "3rd", "2x4": words
        bool const percent = i < text_.size() && text_[i] == '%';
        double value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        add(token::kind::number, i + (percent ? 1 : 0) - from, std::string(text_.substr(from, i - from)));
        auto& made = tokens_.back();
        made.number = (negative ? -value : value) * double(scale);
        bool const plain = scale == 1 && (digits.size() == 1 || digits[0] != '0' || digits[1] == '.');
        made.digits = plain ? (negative ? "-" : "") + digits : written(made.number);
        made.percent = percent;
        made.as_word = make_word(made.text);
        return true;
    }

    // "more than one", not "the one".
    bool compares() const {
        static constexpr auto before =
            std::to_array<std::string_view>({"than", "least", "most", "exactly", "between", "only"});
        return !tokens_.empty() &&
               std::find(before.begin(), before.end(), tokens_.back().as_word.text) != before.end();
    }

    void word_token() {
        auto end = at_;
        auto const joins = [&] {  // the hyphen of "check-in", the dot of "e.g."
            return (text_[end] == '-' || text_[end] == '&') && end > at_ && end + 1 < text_.size() &&
                   is_word_char(text_[end + 1]) && text_[end] == '&';
        };
        auto const apostrophe = [&] { return end > at_ && text_.substr(end).starts_with("\u2019"); };
        while (end < text_.size() && (is_word_char(text_[end]) || joins()) && !apostrophe())
            ++end;
        auto const text = std::string(text_.substr(at_, end - at_));
        auto const plain = lower(text);
        bool const capital = text[0] >= 'A' && text[0] <= 'Z';
        for (auto const& [name, factor] : multipliers)
            if (name.size() > 1 && plain == name && !tokens_.empty() &&
                tokens_.back().what == token::kind::number) {
                tokens_.back().number *= double(factor);
                tokens_.back().digits = written(tokens_.back().number);
                at_ = end;
                return;
            }
        for (auto const& [name, value] : number_words) {
            bool const ambiguous = value == 1 || name == "twice";
            if (plain != name || (ambiguous && !compares())) continue;
            add(token::kind::number, end - at_, text);
            tokens_.back().number = value;
            tokens_.back().digits = std::to_string(value);
            tokens_.back().as_word = make_word(plain);
            return;
        }
        add(token::kind::word, end - at_, text);
        tokens_.back().capitalised = capital;
        tokens_.back().as_word = make_word(text);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool sentence_start_ = true, quote_open_ = false;
    std::vector<token> tokens_;
};

}  // namespace

std::vector<token> tokenise(std::string_view question) {
    return lexer(question).run();
}

}  // namespace vanna::ask::builtin
