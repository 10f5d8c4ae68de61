#include "core/sql/lexer.hpp"

#include <algorithm>

namespace vanna::sql {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
}

}  // namespace

void lexer::skip_blanks() {
    while (at_ < sql_.size()) {
        auto const rest = sql_.substr(at_);
        if (is_blank(rest.front())) {
            ++at_;
        } else if (rest.starts_with("\xEF\xBB\xBF")) {
            at_ += 3;
        } else if (rest.starts_with("--")) {
            auto const line = rest.find('\n');
            at_ = line == std::string_view::npos ? sql_.size() : at_ + line + 1;
        } else if (rest.starts_with("/*") && rest.size() > 2) {
            auto const close = rest.find("*/", 2);
            at_ = close == std::string_view::npos ? sql_.size() : at_ + close + 2;
        } else {
            return;
        }
    }
}

// The offset behind the closing quote; a doubled one stands for itself. [names] end at the first bracket.
std::size_t lexer::quoted(std::size_t from, char closing) const {
    for (auto i = from; i < sql_.size(); ++i) {
        if (sql_[i] != closing) continue;
        if (closing == ']' || i + 1 >= sql_.size() || sql_[i + 1] != closing) return i + 1;
        ++i;
    }
    return sql_.size();
}

token lexer::next() {
    skip_blanks();
    token t{token_kind::end, {}, at_};
    if (at_ >= sql_.size()) return t;
    char const c = sql_[at_];
    auto end = at_ + 1;
    auto const while_name = [&] {
        while (end < sql_.size() && is_name(sql_[end]))
            ++end;
    };
    if (c == '\'') {
        t.kind = token_kind::text;
        end = quoted(end, c);
    } else if (c == '"' || c == '`' || c == '[') {
        t.kind = token_kind::quoted_name;
        end = quoted(end, c == '[' ? ']' : c);
    } else if (c == ';') {
        t.kind = token_kind::semicolon;
    } else if (c == '?' || c == ':' || c == '@' || c == '$' || c == '#') {
        while_name();
        t.kind = c == '?' || end > at_ + 1 ? token_kind::parameter : token_kind::other;
    } else if (is_digit(c) || (c == '.' && end < sql_.size() && is_digit(sql_[end]))) {
        t.kind = token_kind::number;
        while (end < sql_.size() && (is_name(sql_[end]) || sql_[end] == '.'))
            ++end;
    } else if (is_name(c)) {
        while_name();
        t.kind = token_kind::word;
    } else {
        t.kind = token_kind::other;
    }
    t.text = sql_.substr(at_, end - at_);
    at_ = end;
    return t;
}

bool equals_keyword(std::string_view text, std::string_view keyword) {
    return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                      [](char a, char b) { return lower(a) == b; });
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string unquoted(token const& t) {
    if (t.kind != token_kind::quoted_name && t.kind != token_kind::text) return std::string(t.text);
    char const closing = t.text.front() == '[' ? ']' : t.text.front();
    auto inside = t.text.substr(1);
    if (inside.ends_with(closing)) inside.remove_suffix(1);
    std::string out;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        out += inside[i];
        if (closing != ']' && inside[i] == closing) ++i;
    }
    return out;
}

}  // namespace vanna::sql
