#include "db/sqlite/bounded_functions.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/sqlite/bounded_format.hpp"

// The results are those of SQLite 3.40's func.c, also for ill-formed texts; a test compares them call by
// call.
namespace vanna::sqlite {
namespace {

// Of like and glob, which are SQLite's own inside and cannot be stopped there: a quarter of a second at
// worst.
constexpr std::uint64_t most_comparisons = 100'000'000;

interruption& watch_of(sqlite3_context* context) {
    return *static_cast<interruption*>(sqlite3_user_data(context));
}

// True: the call is over, and so is the statement.
bool stops(sqlite3_context* context, std::uint64_t steps) {
    if (!watch_of(context).spend(steps)) return false;
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return true;
}

std::string_view text_of(sqlite3_value* v) {
    auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(v));
    return text ? std::string_view(text, std::size_t(sqlite3_value_bytes(v))) : std::string_view();
}

bool is(sqlite3_value* v, int type) {
    return sqlite3_value_type(v) == type;
}

bool any_null(int count, sqlite3_value** values) {
    for (int i = 0; i < count; ++i)
        if (is(values[i], SQLITE_NULL)) return true;
    return false;
}

bool too_long(sqlite3_context* context, std::size_t a, std::size_t b) {
    if (std::uint64_t(a) * b <= most_comparisons) return stops(context, std::uint64_t(a) * b);
    sqlite3_result_error_toobig(context);
    return true;
}

std::string_view up_to_nul(std::string_view text) {
    return text.substr(0, text.find('\0'));
}

bool is_continuation(char c) {
    return (c & 0xC0) == 0x80;
}

// The end of the character that starts at `at`, as SQLite steps: also over ill-formed ones.
std::size_t next_character(std::string_view text, std::size_t at) {
    auto const lead = static_cast<unsigned char>(text[at++]);
    if (lead >= 0xC0)
        while (at < text.size() && is_continuation(text[at]))
            ++at;
    return at;
}

// sqlite3_strlike takes % and _ for wildcards even when they are the escape character: give it another one.
std::string with_backslash_escape(std::string_view pattern, char escape) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        bool const escaped = pattern[i] == escape;
        if (escaped && ++i == pattern.size()) break;
        if (escaped || pattern[i] == '\\') out += '\\';
        out += pattern[i];
    }
    return out;
}

bool check_pattern(sqlite3_context* context, sqlite3_value** values) {
    if (is(values[0], SQLITE_BLOB) || is(values[1], SQLITE_BLOB))
        return sqlite3_result_int(context, 0), false;
    auto const most = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1);
    if (sqlite3_value_bytes(values[0]) > most)
        return sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1), false;
    return !too_long(context, text_of(values[0]).size(), text_of(values[1]).size());
}

unsigned code_point(std::string_view character) {
    auto const lead = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return lead;
    unsigned point = lead & (character.size() == 2 ? 0x1Fu : character.size() == 3 ? 0x0Fu : 0x07u);
    for (char c : character.substr(1))
        point = point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
    return point;
}

void like(sqlite3_context* context, int count, sqlite3_value** values) {
    if (!check_pattern(context, values)) return;
    unsigned escape = 0;
    if (count == 3) {
        if (is(values[2], SQLITE_NULL)) return;
        auto const text = up_to_nul(text_of(values[2]));
        if (text.empty() || next_character(text, 0) != text.size())
            return sqlite3_result_error(context, "ESCAPE expression must be a single character", -1);
        escape = code_point(text);
    }
    if (any_null(2, values)) return;
    std::string rewritten;
    auto const* pattern = text_of(values[0]).data();
    if (escape == '%' || escape == '_') {
        rewritten = with_backslash_escape(text_of(values[0]), char(escape));
        pattern = rewritten.c_str();
        escape = '\\';
    }
    sqlite3_result_int(context, sqlite3_strlike(pattern, text_of(values[1]).data(), escape) == 0);
}

void glob(sqlite3_context* context, int, sqlite3_value** values) {
    if (!check_pattern(context, values) || any_null(2, values)) return;
    sqlite3_result_int(context, sqlite3_strglob(text_of(values[0]).data(), text_of(values[1]).data()) == 0);
}

// Needles that are longer are searched for in linear time.
constexpr std::size_t short_needle = 256;
constexpr std::size_t searched_at_once = 64u << 10;

// From `from` on; nothing also when the watch says stop, which the caller sees by stops().
std::size_t find_bytes(interruption& watch, std::string_view in, std::string_view needle, std::size_t from) {
    if (needle.size() > short_needle) {
        watch.spend(in.size() - from);
        auto const* hit = ::memmem(in.data() + from, in.size() - from, needle.data(), needle.size());
        return hit ? std::size_t(static_cast<char const*>(hit) - in.data()) : std::string_view::npos;
    }
    for (; in.size() - from >= needle.size(); from += searched_at_once) {
        auto const hit = in.substr(from, searched_at_once + needle.size() - 1).find(needle);
        if (hit != std::string_view::npos) {
            watch.spend(hit + needle.size());
            return from + hit;
        }
        if (watch.spend(searched_at_once * needle.size()) || in.size() - from <= searched_at_once) break;
    }
    return std::string_view::npos;
}

struct value_deleter {
    void operator()(sqlite3_value* v) const { sqlite3_value_free(v); }
};

void instr(sqlite3_context* context, int, sqlite3_value** values) {
    if (any_null(2, values)) return;
    bool const blobs = is(values[0], SQLITE_BLOB) && is(values[1], SQLITE_BLOB);
    // Of a blob and a text, both count as texts; the duplicates keep the arguments' own types.
    std::unique_ptr<sqlite3_value, value_deleter> const owned[] = {
        std::unique_ptr<sqlite3_value, value_deleter>(sqlite3_value_dup(values[0])),
        std::unique_ptr<sqlite3_value, value_deleter>(sqlite3_value_dup(values[1]))};
    if (!owned[0] || !owned[1]) return sqlite3_result_error_nomem(context);
    auto const needle = text_of(owned[1].get()), in = text_of(owned[0].get());
    if (needle.empty()) return sqlite3_result_int(context, 1);
    // In a text only places where a character starts count: an ill-formed needle can but stand at the start.
    bool const only_at_start = !blobs && is_continuation(needle[0]);
    auto const at = !only_at_start           ? find_bytes(watch_of(context), in, needle, 0)
                    : in.starts_with(needle) ? 0
                                             : std::string_view::npos;
    if (stops(context, 0)) return;
    if (at == std::string_view::npos) return sqlite3_result_int(context, 0);
    auto const before = in.substr(0, at + 1);
    auto const counted =
        std::count_if(before.begin() + 1, before.end(), [](char c) { return !is_continuation(c); });
    sqlite3_result_int64(context, blobs ? std::int64_t(at) + 1 : 1 + counted);
}

void replace(sqlite3_context* context, int, sqlite3_value** values) {
    if (any_null(2, values)) return;
    auto const text = text_of(values[0]), old = text_of(values[1]);
    if (old.empty() || old[0] == '\0') return sqlite3_result_value(context, values[0]);
    if (is(values[2], SQLITE_NULL)) return;
    auto const fresh = text_of(values[2]);
    auto& watch = watch_of(context);
    auto const most = std::size_t(sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
    std::string out;
    std::size_t from = 0;
    for (auto at = find_bytes(watch, text, old, 0); at != std::string_view::npos;
         at = find_bytes(watch, text, old, from)) {
        out.append(text.substr(from, at - from)).append(fresh);
        from = at + old.size();
        if (out.size() > most) return sqlite3_result_error_toobig(context);
    }
    if (stops(context, 0)) return;
    out.append(text.substr(from));
    sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

enum side : unsigned { left = 1, right = 2 };

template <unsigned Sides>
void trim(sqlite3_context* context, int, sqlite3_value** values) {
    if (any_null(2, values)) return;
    auto text = text_of(values[0]);
    auto const set = up_to_nul(text_of(values[1]));
    std::vector<std::string_view> characters;
    for (std::size_t at = 0, end; at < set.size(); at = end) {
        end = next_character(set, at);
        characters.push_back(set.substr(at, end - at));
    }
    auto& watch = watch_of(context);
    auto const strip = [&](auto matches, auto remove) {
        auto const found = [&] { return std::find_if(characters.begin(), characters.end(), matches); };
        for (auto c = found(); !text.empty() && c != characters.end(); c = found()) {
            remove(c->size());
            if (watch.spend(characters.size())) break;
        }
    };
    if (Sides & left)
        strip([&](auto c) { return text.starts_with(c); }, [&](auto n) { text.remove_prefix(n); });
    if (Sides & right)
        strip([&](auto c) { return text.ends_with(c); }, [&](auto n) { text.remove_suffix(n); });
    if (stops(context, 0)) return;
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

void add_bounded_functions(sqlite3* db, interruption& watch) {
    auto const add = [&](char const* name, int arguments, auto function) {
        sqlite3_create_function_v2(db, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                   &watch, function, nullptr, nullptr, nullptr);
    };
    add("like", 2, like);
    add("like", 3, like);
    add("glob", 2, glob);
    add("instr", 2, instr);
    add("replace", 3, replace);
    add("trim", 2, trim < left | right >);
    add("ltrim", 2, trim<left>);
    add("rtrim", 2, trim<right>);
    add_bounded_format(db, watch);
}

}  // namespace vanna::sqlite
