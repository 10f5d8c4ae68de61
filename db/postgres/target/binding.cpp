#include "db/postgres/target/binding.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "db/postgres/target/guard.hpp"

namespace vanna::pg_target {
namespace {

constexpr unsigned int4 = 23, int8 = 20, numeric = 1700, inferred = 0;

error invalid(std::string message) {
    return {errc::query_invalid, public_text{std::move(message)}};
}

// A double as a decimal number: what numeric columns compare with exactly.
std::string digits_of(double v) {
    char text[64];
    return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
}

result<void> add(parameters& to, sql::value const& v) {
    if (auto const* integer = std::get_if<std::int64_t>(&v)) {
        to.values.emplace_back(std::to_string(*integer));
        bool const is_short = *integer >= INT32_MIN && *integer <= INT32_MAX;
        to.types.push_back(is_short ? int4 : int8);
    } else if (auto const* real = std::get_if<double>(&v)) {
        to.values.emplace_back(digits_of(*real));
        to.types.push_back(numeric);
    } else {
        auto const* text = std::get_if<std::string>(&v);
        if (text && text->find('\0') != text->npos)
            return invalid("a parameter holds a NUL character, which no text of PostgreSQL can hold");
        to.values.push_back(text ? std::optional(*text) : std::nullopt);
        to.types.push_back(inferred);
    }
    return {};
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '$';
}

// Finds :name where PostgreSQL's lexer would see a colon: not in texts, quoted names and comments, not in ::
// and :=. It need not be perfect: what it makes is parsed anew.
class finder {
  public:
    explicit finder(std::string_view sql) : sql_(sql) {}

    // The next name without its colon; empty: no more.
    std::string_view next() {
        while (at_ < sql_.size()) {
            if (skip_quoted() || skip_comment()) continue;
            char const c = sql_[at_];
            if (is_letter(c)) {
                skip_word();
            } else if (c == ':' && peek(1) == ':') {
                at_ += 2;
            } else if (c == ':' && is_letter(peek(1))) {
                auto const begin = ++at_;
                skip_word();
                return sql_.substr(begin, at_ - begin);
            } else {
                ++at_;
            }
        }
        return {};
    }

  private:
    char peek(std::size_t ahead) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
    void skip_word() {
        while (at_ < sql_.size() && is_word(sql_[at_]))
            ++at_;
    }
    void skip_to(std::string_view end, std::size_t from) {
        auto const found = sql_.find(end, from);
        at_ = found == sql_.npos ? sql_.size() : found + end.size();
    }
    bool skip_quoted() {
        char const c = sql_[at_];
        if (c == '"') return skip_to("\"", at_ + 1), true;
        if (c == '\'') return skip_text(false), true;
        if ((c == 'e' || c == 'E') && peek(1) == '\'') return ++at_, skip_text(true), true;
        if (c != '$') return false;
        auto end = at_ + 1;
        while (end < sql_.size() && is_word(sql_[end]) && sql_[end] != '$')
            ++end;
        if (end >= sql_.size() || sql_[end] != '$') return false;
        auto const tag = sql_.substr(at_, end + 1 - at_);
        return skip_to(tag, end + 1), true;
    }
    void skip_text(bool backslashes) {
        for (++at_; at_ < sql_.size(); ++at_) {
            if (backslashes && sql_[at_] == '\\')
                ++at_;
            else if (sql_[at_] == '\'')
                return void(++at_);
        }
    }
    bool skip_comment() {
        if (sql_[at_] == '-' && peek(1) == '-') return skip_to("\n", at_), true;
        if (sql_[at_] != '/' || peek(1) != '*') return false;
        int depth = 0;
        do {
            bool const opens = sql_[at_] == '/' && peek(1) == '*',
                       closes = sql_[at_] == '*' && peek(1) == '/';
            depth += int(opens) - int(closes);
            at_ += opens || closes ? 2 : 1;
        } while (depth > 0 && at_ < sql_.size());
        return true;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

// $number for a :name of `length` bytes; blanks make up for what it is shorter.
std::string written(std::size_t number, std::size_t length) {
    auto out = "$" + std::to_string(number);
    out.resize(std::max(out.size(), length), ' ');
    return out;
}

result<bound_statement> bind_named(sql::statement const& from) {
    if (!from.positional.empty())
        return invalid("the statement has named parameters; values were given by position");
    struct given {
        sql::value const* value;
        std::size_t number = 0;  // 0: not met yet
    };
    std::map<std::string_view, given> known;
    for (auto const& [name, value] : from.named)
        known.emplace(name, given{&value});
    bound_statement out;
    finder find(from.text);
    std::string_view const text = from.text;
    std::size_t copied = 0;
    for (auto name = find.next(); !name.empty(); name = find.next()) {
        auto const found = known.find(name);
        if (found == known.end()) return invalid("parameter \"" + std::string(name) + "\" has no value");
        auto& [value, number] = found->second;
        if (number == 0) {
            if (auto ok = add(out.with, *value); !ok) return ok.error();
            number = out.with.values.size();
        }
        auto const colon = std::size_t(name.data() - text.data()) - 1;
        (out.text += text.substr(copied, colon - copied)) += written(number, name.size() + 1);
        copied = colon + 1 + name.size();
    }
    out.text += text.substr(copied);
    for (auto const& [name, met] : known)
        if (met.number == 0) return invalid("the statement has no parameter \"" + std::string(name) + "\"");
    return out;
}

}  // namespace

result<bound_statement> bind(sql::statement const& from) {
    if (auto const count = from.named.size() + from.positional.size(); count > most_parameters)
        return invalid("the statement has " + std::to_string(count) + " parameters; at most " +
                       std::to_string(most_parameters) + " are allowed");
    if (!from.named.empty()) return bind_named(from);
    bound_statement out;
    out.text = from.text;
    for (auto const& value : from.positional)
        if (auto ok = add(out.with, value); !ok) return ok.error();
    return out;
}

parameters untyped(parameters from) {
    std::ranges::fill(from.types, inferred);
    return from;
}

}  // namespace vanna::pg_target
