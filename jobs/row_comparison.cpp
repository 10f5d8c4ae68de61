#include "jobs/row_comparison.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

#include "core/sql/lexer.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr double most_exact = 9007199254740992.0;  // 2^53

std::string canonical(json::value const& v) {
    if (!v.is_double()) return json::serialize(v);
    auto const number = v.get_double();
    if (std::abs(number) < most_exact && number == std::floor(number))
        return std::to_string(static_cast<long long>(number));
    char text[40];
    std::snprintf(text, sizeof text, "%.10g", number);
    return text;
}

result<std::vector<std::string>> read_rows(std::string_view text) {
    json::error_code ec;
    auto const parsed = json::parse("[" + std::string(text) + "]", ec);
    if (ec)
        return error{errc::internal, public_text{"rows that cannot be read"}, internal_text{ec.message()}};
    std::vector<std::string> out;
    for (auto const& row : parsed.as_array()) {
        auto const* values = row.if_array();
        if (!values) return error{errc::internal, public_text{"rows that cannot be read"}};
        std::string line;
        for (auto const& v : *values)
            (line += canonical(v)) += '\n';  // no value holds one: JSON escapes it
        out.push_back(std::move(line));
    }
    return out;
}

}  // namespace

result<bool> same_rows(std::string_view one, std::string_view other, bool ordered) {
    auto a = read_rows(one), b = read_rows(other);
    if (!a) return a.error();
    if (!b) return b.error();
    if (!ordered) {
        std::sort(a->begin(), a->end());
        std::sort(b->begin(), b->end());
    }
    return *a == *b;
}

bool fixes_order(std::string_view sql) {
    sql::lexer words(sql);
    int depth = 0;
    bool after_order = false;
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next()) {
        if (t.text == "(") ++depth;
        if (t.text == ")") --depth;
        bool const is_word = depth == 0 && t.kind == sql::token_kind::word;
        if (is_word && after_order && sql::equals_keyword(t.text, "by")) return true;
        after_order = is_word && sql::equals_keyword(t.text, "order");
    }
    return false;
}

}  // namespace vanna::jobs
