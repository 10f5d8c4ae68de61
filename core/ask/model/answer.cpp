#include "core/ask/model/answer.hpp"

#include <boost/json.hpp>
#include <optional>

#include "core/ask/model/statement_text.hpp"

namespace vanna::ask::model {
namespace {

namespace json = boost::json;
using std::string_view;

constexpr std::size_t longest_clarification = 400;
constexpr unsigned most_looks = 16;  // at an answer that grows, for its end

struct found {
    answer what;
    bool closed = false;  // what follows cannot change it
};

string_view trimmed(string_view s) {
    constexpr string_view blanks = " \t\r\n";
    auto const first = s.find_first_not_of(blanks);
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

// What a reasoning model says to itself comes first, in a tag of its own.
string_view without_thoughts(string_view text) {
    auto const start = trimmed(text);
    for (string_view tag : {"think", "thinking", "reasoning"}) {
        auto const open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
        if (auto const end = text.find(close); end != text.npos) return text.substr(end + close.size());
        if (start.starts_with(open)) return {};
    }
    return text;
}

std::string as_clarification(string_view text) {
    std::string out(trimmed(text).substr(0, longest_clarification));
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80)
        out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return out;
}

std::optional<found> in_fence(string_view text);

// An object that `text` begins with, if it has a "sql".
std::optional<found> in_json(string_view text) {
    json::stream_parser parser;
    json::error_code ec;
    parser.write_some(text.data(), text.size(), ec);
    if (ec || !parser.done()) return {};
    auto const value = parser.release();
    auto const* object = value.if_object();
    auto const* sql = object ? object->if_contains("sql") : nullptr;
    if (object && !sql) sql = object->if_contains("query");
    if (!sql) return {};
    found out{.what = {}, .closed = true};
    if (auto const* statement = sql->if_string()) {
        auto const inner = in_fence(*statement);
        out.what.sql = inner ? inner->what.sql : without_end(*statement);
    }
    if (auto const* back = object->if_contains("clarification"); back && back->is_string())
        out.what.clarification = as_clarification(back->get_string());
    return out;
}

// The word behind an opening fence, when it is a language's name and no part of a statement.
string_view label_of(string_view inside) {
    auto const end = inside.find_first_of(" \t\r\n");
    auto const word = inside.substr(0, end);
    bool const own_line = end != inside.npos &&
                          trimmed(inside.substr(end, inside.find('\n', end) - end)).empty() &&
                          inside.find('\n', end) != inside.npos;
    return is_verb(word) || word.starts_with("{") || (!own_line && !is_language(word)) ? string_view() : word;
}

// Whether what a fence has in it is an answer; `closed`: whether the fence is.
std::optional<found> read_fenced(string_view inside, bool closed) {
    inside.remove_prefix(label_of(inside).size());
    auto const body = trimmed(inside);
    if (body.starts_with("{")) return in_json(body);
    if (!begins_statement(body)) return {};
    return found{.what = {.sql = without_end(body), .clarification = {}}, .closed = closed};
}

// Where ``` or ~~~ is next.
std::size_t fence_from(string_view text, std::size_t at) {
    for (at = text.find_first_of("`~", at); at != text.npos; at = text.find_first_of("`~", at + 1))
        if (at + 2 < text.size() && text[at + 1] == text[at] && text[at + 2] == text[at]) return at;
    return text.npos;
}

std::optional<found> in_fence(string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        auto const open = fence_from(text, at);
        if (open == text.npos) return {};
        auto const mark = text.substr(open, 3);
        auto const inside = text.substr(open + 3);
        auto const close = inside.find(mark);
        if (auto read = read_fenced(inside.substr(0, close), close != inside.npos)) return read;
        if (close == inside.npos) return {};
        at = open + 3 + close + 3;
    }
    return {};
}

std::optional<found> json_amid_prose(string_view text) {
    for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
        auto const key = text.find_first_not_of(" \t\r\n", at + 1);
        if (key == text.npos || text[key] != '"') continue;
        if (auto read = in_json(text.substr(at))) {
            read->closed = false;  // a fence that follows would be taken instead
            return read;
        }
    }
    return {};
}

std::optional<found> find(string_view text) {
    text = without_thoughts(text);
    auto const whole = trimmed(text);
    if (whole.starts_with("{"))
        if (auto read = in_json(whole)) return read;
    if (auto read = in_fence(text)) return read;
    return json_amid_prose(text);
}

}  // namespace

answer read_answer(string_view text) {
    if (auto read = find(text)) return std::move(read->what);
    return {.sql = statement_amid_prose(without_thoughts(text)), .clarification = {}};
}

bool answer_text::feed(string_view piece) {
    bool const fits = text_.size() + piece.size() <= most;
    if (fits) text_ += piece;
    return fits;
}

bool answer_text::is_whole() {
    // Only these can end one; an answer made of nothing else is looked at a few times, then at its end.
    bool const may_end = text_.find_first_of("`~}", looked_at_) != text_.npos;
    looked_at_ = text_.size();
    if (whole_ || !may_end || ++looks_ > most_looks) return whole_;
    auto const read = find(text_);
    return whole_ = read && read->closed;
}

}  // namespace vanna::ask::model
