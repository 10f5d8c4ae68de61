#include "core/ask/builtin/dialect.hpp"

#include <algorithm>
#include <cctype>

#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {
namespace {

// strftime's fields as to_char's; other letters are quoted, since to_char knows many.
std::optional<std::string> pattern_of(std::string_view format) {
    static constexpr std::pair<char, std::string_view> fields[] = {{'Y', "YYYY"}, {'m', "MM"}, {'d', "DD"},
                                                                   {'H', "HH24"}, {'M', "MI"}, {'S', "SS"},
                                                                   {'j', "DDD"},  {'W', "IW"}};
    bool const by_week = format.find("%W") != format.npos;
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            bool const is_letter = std::isalpha(static_cast<unsigned char>(format[i])) != 0;
            out += is_letter ? "\"" + std::string(1, format[i]) + "\"" : std::string(1, format[i]);
            continue;
        }
        auto const* found = ++i < format.size()
                                ? std::ranges::find(
                                      fields, format[i], [](auto const& f) { return f.first; })
                                : std::end(fields);
        if (found == std::end(fields)) return {};
        if (by_week && found->first == 'Y') out += 'I';
        out += by_week && found->first == 'Y' ? "YYY" : found->second;
    }
    return out;
}

expression cast(expression what, std::string type) {
    expression out{expression::kind::call, "CAST", std::move(type)};
    out.arguments.push_back(std::move(what));
    return out;
}

// A column that holds dates may be a text here as well.
expression moment(expression const& from) {
    return cast(from, "timestamp");
}

// `said` with the arguments cast that are columns to be read as `type`; nothing where none is.
std::optional<expression> reading(expression const& said, std::string_view type) {
    auto out = said;
    bool is_other = false;
    for (auto& part : out.arguments)
        if (part.what == expression::kind::column && part.read_as == type) {
            part = cast(part, std::string(type));
            is_other = true;
        }
    return is_other ? out : std::optional<expression>();
}

bool among(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::ranges::find(list, word) != list.end();
}

std::optional<expression> formatted(expression const& said) {
    auto const& format = said.arguments[0];
    auto const pattern =
        format.what == expression::kind::text ? pattern_of(format.name) : std::optional<std::string>();
    if (!pattern) return {};
    return call_of("to_char", {moment(said.arguments[1]), text_literal(*pattern)});
}

expression days(expression const& from) {
    auto const seconds = call_of("date_part", {text_literal("epoch"), moment(from)});
    return binary_of(binary_of(seconds, "/", number_literal("86400")), "+", number_literal("2440587.5"));
}

std::optional<expression> call_in_postgresql(expression const& said) {
    auto const name = lower(said.name);
    auto const count = said.arguments.size();
    if (name == "strftime" && count == 2) return formatted(said);
    if (name == "date" && count == 1) return cast(said.arguments[0], "date");
    if (name == "julianday" && count == 1) return days(said.arguments[0]);
    if (name == "instr" && count == 2)
        return call_of("strpos", reading(said, "text").value_or(said).arguments);
    if (name == "round" && count == 2 && lower(said.arguments[0].name) != "cast")
        return call_of(said.name, {cast(said.arguments[0], "numeric"), said.arguments[1]});
    if (among(name, {"sum", "avg", "min", "max", "round", "abs"})) return reading(said, "numeric");
    if (among(name, {"length", "lower", "upper", "substr"})) return reading(said, "text");
    return {};
}

bool is_part_of_date(expression const& e) {
    return e.what == expression::kind::call && lower(e.name) == "strftime";
}

// SQLite computes with the texts that strftime() gives, and its LIKE does not tell cases apart.
std::optional<expression> binary_in_postgresql(expression const& said) {
    bool const is_pattern = said.name == "LIKE" || said.name == "NOT LIKE";
    auto const read = reading(said, is_pattern ? "text" : "numeric");
    auto out = read.value_or(said);
    if (is_pattern) {
        out.name = said.name == "LIKE" ? "ILIKE" : "NOT ILIKE";
        return out;
    }
    bool const computes = said.name == "+" || said.name == "-" || said.name == "*" || said.name == "/";
    if (!computes || !std::ranges::any_of(said.arguments, is_part_of_date)) return read;
    for (auto& part : out.arguments)
        if (is_part_of_date(part)) part = cast(part, "integer");
    return out;
}

}  // namespace

dialect dialect_of(std::string_view engine) {
    return engine == "postgresql" ? dialect::postgresql : dialect::sqlite;
}

std::optional<expression> in_postgresql(expression const& said) {
    if (said.what == expression::kind::call) return call_in_postgresql(said);
    if (said.what == expression::kind::binary) return binary_in_postgresql(said);
    if (said.what == expression::kind::list || said.what == expression::kind::between)
        return reading(said, "numeric");
    return {};
}

}  // namespace vanna::ask::builtin
