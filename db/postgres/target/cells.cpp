#include "db/postgres/target/cells.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace vanna::pg_target {
namespace {

// Object ids of PostgreSQL's own types, which never change (its catalog pg_type.dat).
struct built_in {
    unsigned type;
    std::string_view name;
    cell_kind kind;
    bool short_;
};
constexpr unsigned numeric = 1700;
constexpr built_in built_ins[] = {
    {16, "boolean", cell_kind::boolean, true},
    {17, "bytea", cell_kind::bytes, false},
    {18, "\"char\"", cell_kind::text, true},
    {19, "name", cell_kind::text, true},
    {20, "bigint", cell_kind::integer, true},
    {21, "smallint", cell_kind::integer, true},
    {23, "integer", cell_kind::integer, true},
    {25, "text", cell_kind::text, false},
    {26, "oid", cell_kind::integer, true},
    {114, "json", cell_kind::text, false},
    {700, "real", cell_kind::real, true},
    {701, "double precision", cell_kind::real, true},
    {790, "money", cell_kind::text, true},
    {829, "macaddr", cell_kind::text, true},
    {869, "inet", cell_kind::text, true},
    {1042, "character", cell_kind::text, false},
    {1043, "character varying", cell_kind::text, false},
    {1082, "date", cell_kind::text, true},
    {1083, "time without time zone", cell_kind::text, true},
    {1114, "timestamp without time zone", cell_kind::moment, true},
    {1184, "timestamp with time zone", cell_kind::zoned_moment, true},
    {1186, "interval", cell_kind::text, true},
    {1266, "time with time zone", cell_kind::text, true},
    {numeric, "numeric", cell_kind::decimal, false},
    {2950, "uuid", cell_kind::text, true},
    {3802, "jsonb", cell_kind::text, false},
};

built_in const* find(unsigned type) {
    for (auto const& b : built_ins)
        if (b.type == type) return &b;
    return nullptr;
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// bytea_output=hex: \x and two digits a byte.
std::string from_hex(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 2; i + 1 < text.size(); i += 2)
        out.push_back(char(nibble(text[i]) << 4 | nibble(text[i + 1])));
    return out;
}

double to_real(std::string_view text) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    double out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

// "2024-03-05 06:07:08.9+02" as "2024-03-05T06:07:08.9+02:00" (RFC 3339). Infinite times, years before 1 or
// after 9999 and offsets with seconds, which RFC 3339 has no form for, stay as they are.
void write_moment(sql::row_writer& to, std::string_view text, bool zoned) {
    constexpr std::size_t date = 10, whole = 19;
    bool const is_common = text.size() >= whole && text[4] == '-' && text[date] == ' ' && text[13] == ':';
    if (!is_common || text.ends_with("BC")) return to.text(text);
    std::string out(text);
    out[date] = 'T';
    if (!zoned) return to.text(out);
    auto const sign = out.find_last_of("+-");
    if (sign == out.npos || sign < whole) return to.text(text);
    auto const offset = std::string_view(out).substr(sign);
    if (offset.size() == 9) return to.text(text);
    if (offset == "+00")
        out.replace(sign, 3, "Z");
    else if (offset.size() == 3)
        out += ":00";
    to.text(out);
}

}  // namespace

cell_kind kind_of(unsigned type) {
    auto const* found = find(type);
    return found ? found->kind : cell_kind::text;
}

std::string_view built_in_name(unsigned type) {
    auto const* found = find(type);
    return found ? found->name : std::string_view();
}

bool has_quick_length(unsigned type) {
    return type == 17 || type == 25 || type == 1042 || type == 1043;
}

bool is_short(unsigned type) {
    auto const* found = find(type);
    return found && found->short_;
}

bool is_numeric(unsigned type) {
    return type == numeric;
}

void write_cell(sql::row_writer& to, cell_kind kind, std::string_view text) {
    switch (kind) {
        case cell_kind::boolean:
            return to.boolean(text == "t");
        case cell_kind::integer: {
            std::int64_t v = 0;
            std::from_chars(text.data(), text.data() + text.size(), v);
            return to.integer(v);
        }
        case cell_kind::real:
            return to.real(to_real(text));
        case cell_kind::decimal:
            return to.decimal(text);
        case cell_kind::bytes:
            return to.blob(from_hex(text));
        case cell_kind::moment:
        case cell_kind::zoned_moment:
            return write_moment(to, text, kind == cell_kind::zoned_moment);
        case cell_kind::text:
            return to.text(text);
    }
}

}  // namespace vanna::pg_target
