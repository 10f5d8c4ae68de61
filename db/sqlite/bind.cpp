#include "db/sqlite/bind.hpp"

#include <algorithm>
#include <string_view>

namespace vanna::sqlite {
namespace {

error invalid(std::string message) {
    return {errc::query_invalid, public_text{std::move(message)}};
}

int bind_one(sqlite3_stmt* statement, int index, sql::value const& v) {
    if (auto const* integer = std::get_if<std::int64_t>(&v))
        return sqlite3_bind_int64(statement, index, *integer);
    if (auto const* real = std::get_if<double>(&v)) return sqlite3_bind_double(statement, index, *real);
    if (auto const* text = std::get_if<std::string>(&v))
        return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    return sqlite3_bind_null(statement, index);
}

// ":name", "@name", "$name"; "?7" and no name at all are positional.
std::string_view name_of(sqlite3_stmt* statement, int index) {
    auto const* name = sqlite3_bind_parameter_name(statement, index);
    return name && name[0] != '?' ? std::string_view(name + 1) : std::string_view();
}

result<void> bound(int code) {
    if (code == SQLITE_OK) return {};
    return error{errc::query_too_large, public_text{"a parameter is too large"},
                 internal_text{sqlite3_errstr(code)}};
}

result<void> bind_named(sqlite3_stmt* statement, int count, sql::statement const& from) {
    if (!from.positional.empty())
        return invalid("the statement has named parameters; values were given by position");
    for (int i = 1; i <= count; ++i) {
        auto const name = name_of(statement, i);
        if (name.empty()) return invalid("the statement mixes named and positional parameters; use one kind");
        auto const value = std::find_if(from.named.begin(), from.named.end(),
                                        [&](auto const& n) { return n.first == name; });
        if (value == from.named.end()) return invalid("parameter \"" + std::string(name) + "\" has no value");
        if (auto done = bound(bind_one(statement, i, value->second)); !done) return done;
    }
    for (auto const& given : from.named) {
        int i = 1;
        while (i <= count && name_of(statement, i) != given.first)
            ++i;
        if (i > count) return invalid("the statement has no parameter \"" + given.first + "\"");
    }
    return {};
}

}  // namespace

result<void> bind(sqlite3_stmt* statement, sql::statement const& from) {
    int const count = sqlite3_bind_parameter_count(statement);
    bool named = false;
    for (int i = 1; i <= count; ++i)
        named = named || !name_of(statement, i).empty();
    if (named) return bind_named(statement, count, from);
    if (!from.named.empty())
        return invalid("the statement has no parameter \"" + from.named.front().first + "\"");
    if (from.positional.size() != std::size_t(count))
        return invalid("the statement has " + std::to_string(count) + " positional parameters; " +
                       std::to_string(from.positional.size()) + " values were given");
    for (int i = 1; i <= count; ++i)
        if (auto done = bound(bind_one(statement, i, from.positional[std::size_t(i - 1)])); !done)
            return done;
    return {};
}

}  // namespace vanna::sqlite
