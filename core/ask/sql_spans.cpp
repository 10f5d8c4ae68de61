#include "core/ask/sql_spans.hpp"

#include <algorithm>

namespace vanna::ask {
namespace {

using kind = sql_span::kind;

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// https://www.sqlite.org/lang.html and https://www.postgresql.org/docs/15/sql-syntax-lexical.html
class scan {
  public:
    scan(std::string_view sql, sql_reading as) : sql_(sql), postgres_(as == sql_reading::postgresql) {}

    std::vector<sql_span> run() {
        while (at_ < sql_.size())
            step();
        return std::move(found_);
    }

  private:
    char here(std::size_t after = 0) const { return at_ + after < sql_.size() ? sql_[at_ + after] : '\0'; }
    bool starts(std::string_view with) const { return sql_.substr(at_).starts_with(with); }
    std::size_t end_or(std::size_t found, std::size_t behind) const {
        return found == sql_.npos ? sql_.size() : found + behind;
    }
    void take(kind what, std::size_t from, std::size_t end) {
        at_ = std::min(end, sql_.size());
        found_.push_back({what, from, at_});
    }

    void step() {
        char const c = here();
        if (starts("--"))
            take(kind::comment, at_, end_or(sql_.find_first_of(postgres_ ? "\n\r" : "\n", at_), 0));
        else if (starts("/*"))
            take(kind::comment, at_, comment_end());
        else if (c == '\'')
            take(kind::text, at_, quoted_end(at_ + 1, c));
        else if (c == '"')
            take(kind::name, at_, quoted_end(at_ + 1, c));
        else if (!postgres_ && c == '`')
            at_ = quoted_end(at_ + 1, c);
        else if (!postgres_ && c == '[')
            at_ = end_or(sql_.find(']', at_), 1);
        else if (postgres_ && c == '$')
            dollars();
        else if (begins_name(c) || is_digit(c))
            word();
        else
            ++at_;
    }

    // A doubled quote stands for itself.
    std::size_t quoted_end(std::size_t from, char closing) const {
        for (auto i = from; i < sql_.size(); ++i) {
            if (sql_[i] != closing) continue;
            if (i + 1 >= sql_.size() || sql_[i + 1] != closing) return i + 1;
            ++i;
        }
        return sql_.size();
    }
    // Where PostgreSQL goes on with a text after its closing quote: behind blanks and comments with an end of
    // line.
    std::size_t continued(std::size_t from) const {
        bool on_next_line = false;
        for (auto i = from; i < sql_.size(); ++i) {
            if (sql_.substr(i, 2) == "--") i = std::min(sql_.find_first_of("\n\r", i), sql_.size());
            if (i < sql_.size() && (sql_[i] == '\n' || sql_[i] == '\r'))
                on_next_line = true;
            else if (i < sql_.size() && sql_[i] == '\'' && on_next_line)
                return i;
            else if (i >= sql_.size() || std::string_view(" \t\f\v").find(sql_[i]) == std::string_view::npos)
                break;
        }
        return std::string_view::npos;
    }
    // The same with a backslash before what stands for itself, in all lines of it.
    std::size_t escaped_end(std::size_t from) const {
        for (auto i = from; i < sql_.size(); ++i) {
            if (sql_[i] == '\\')
                ++i;
            else if (sql_[i] == '\'' && (i + 1 >= sql_.size() || sql_[i + 1] != '\'')) {
                auto const next = continued(i + 1);
                if (next == sql_.npos) return i + 1;
                i = next;
            } else if (sql_[i] == '\'')
                ++i;
        }
        return sql_.size();
    }
    // PostgreSQL's have comments in them.
    std::size_t comment_end() const {
        if (!postgres_) return end_or(sql_.find("*/", at_ + 2), 2);
        int depth = 1;
        for (auto i = at_ + 2; i + 1 < sql_.size(); ++i) {
            auto const two = sql_.substr(i, 2);
            if (two != "/*" && two != "*/") continue;
            depth += two == "/*" ? 1 : -1;
            ++i;
            if (depth == 0) return i + 1;
        }
        return sql_.size();
    }

    // $$…$$, $tag$…$tag$, or a parameter.
    void dollars() {
        auto end = at_ + 1;
        while (end < sql_.size() && (begins_name(sql_[end]) || is_digit(sql_[end])))
            ++end;
        bool const is_tag = end < sql_.size() && sql_[end] == '$' && !is_digit(sql_[at_ + 1]);
        if (!is_tag) {
            at_ = end;
            return;
        }
        auto const mark = sql_.substr(at_, end + 1 - at_);
        take(kind::coded_text, at_, end_or(sql_.find(mark, end + 1), mark.size()));
    }

    // Names, numbers, and what they are a prefix of.
    void word() {
        auto const from = at_;
        while (begins_name(here()) || is_digit(here()) || here() == '$')
            ++at_;
        auto const is = [&](std::string_view letters) {
            return at_ - from == 1 && letters.find(sql_[from]) != letters.npos;
        };
        if (here() == '\'' && is("xX"))
            take(kind::coded_text, from, quoted_end(at_ + 1, '\''));
        else if (!postgres_)
            return;
        else if (here() == '\'' && is("eE"))
            take(kind::coded_text, from, escaped_end(at_ + 1));
        else if (here() == '\'' && is("bBnN"))
            take(kind::coded_text, from, quoted_end(at_ + 1, '\''));
        else if (starts("&'") && is("uU"))
            take(kind::coded_text, from, quoted_end(at_ + 2, '\''));
        else if (starts("&\"") && is("uU"))
            take(kind::name, from, quoted_end(at_ + 2, '"'));
    }

    std::string_view sql_;
    bool postgres_;
    std::size_t at_ = 0;
    std::vector<sql_span> found_;
};

}  // namespace

std::vector<sql_span> sql_spans(std::string_view sql, sql_reading as) {
    return scan(sql, as).run();
}

}  // namespace vanna::ask
