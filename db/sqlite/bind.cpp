#include "db/sqlite/bind.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <vector>

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

// SQLite finds a parameter's name by searching all of them, so each is asked for once only.
std::vector<std::string_view> names_of(sqlite3_stmt* statement) {
    std::vector<std::string_view> out(std::size_t(sqlite3_bind_parameter_count(statement)));
    for (int i = 1; auto& name : out)
        name = name_of(statement, i++);
    return out;
}

result<void> bind_named(sqlite3_stmt* statement, std::vector<std::string_view> const& names,
                        sql::statement const& from) {
    if (!from.positional.empty())
        return invalid("the statement has named parameters; values were given by position");
    struct given {
        sql::value const* value;
        bool used = false;
    };
    std::unordered_map<std::string_view, given> values;
    for (auto const& [name, value] : from.named)
        values.emplace(name, given{&value});
    for (int i = 1; auto const name : names) {
        if (name.empty()) return invalid("the statement mixes named and positional parameters; use one kind");
        auto const found = values.find(name);
        if (found == values.end()) return invalid("parameter \"" + std::string(name) + "\" has no value");
        found->second.used = true;
        if (auto done = bound(bind_one(statement, i++, *found->second.value)); !done) return done;
    }
    for (auto const& [name, value] : from.named)
        if (!values.at(name).used) return invalid("the statement has no parameter \"" + name + "\"");
    return {};
}

}  // namespace

result<void> bind(sqlite3_stmt* statement, sql::statement const& from) {
    auto const names = names_of(statement);
    auto const count = names.size();
    if (std::any_of(names.begin(), names.end(), [](auto name) { return !name.empty(); }))
        return bind_named(statement, names, from);
    if (!from.named.empty())
        return invalid("the statement has no parameter \"" + from.named.front().first + "\"");
    if (from.positional.size() != count)
        return invalid("the statement has " + std::to_string(count) + " positional parameters; " +
                       std::to_string(from.positional.size()) + " values were given");
    for (int i = 1; auto const& value : from.positional)
        if (auto done = bound(bind_one(statement, i++, value)); !done) return done;
    return {};
}

}  // namespace vanna::sqlite
