#include "db/postgres/rows.hpp"

#include <libpq-fe.h>

#include <boost/json/parse.hpp>
#include <charconv>
#include <stdexcept>

namespace vanna::postgres {
namespace {

[[noreturn]] void wrong_type(std::string_view wanted, std::string_view found) {
    throw std::logic_error("a PostgreSQL column is not " + std::string(wanted) + ": " +
                           std::string(found.substr(0, 80)));
}

}  // namespace

bool row::is_null(int column) const {
    return PQgetisnull(from_, number_, column) != 0;
}

std::string_view row::text(int column) const {
    return {PQgetvalue(from_, number_, column), std::size_t(PQgetlength(from_, number_, column))};
}

std::int64_t row::integer(int column) const {
    auto const value = text(column);
    std::int64_t out = 0;
    auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), out);
    if (ec != std::errc{} || end != value.data() + value.size()) wrong_type("an integer", value);
    return out;
}

bool row::boolean(int column) const {
    return text(column) == "t";
}

uuid row::id(int column) const {
    auto const out = parse_uuid(text(column));
    if (!out) wrong_type("a uuid", text(column));
    return *out;
}

instant row::time(int column) const {
    auto const out = parse_rfc3339(text(column));
    if (!out) wrong_type("a time", text(column));
    return *out;
}

boost::json::value row::json(int column) const {
    if (is_null(column)) return nullptr;
    boost::system::error_code failure;
    auto out = boost::json::parse(text(column), failure, {}, {.max_depth = 512});
    if (failure) wrong_type("JSON", text(column));
    return out;
}

std::vector<std::string> row::list(int column) const {
    return parse_list(text(column));
}

std::optional<uuid> row::maybe_id(int column) const {
    return is_null(column) ? std::nullopt : std::optional(id(column));
}

std::optional<instant> row::maybe_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

void rows::clear::operator()(pg_result* r) const {
    PQclear(r);
}

int rows::size() const {
    return result_ ? PQntuples(result_.get()) : 0;
}

std::int64_t rows::affected() const {
    if (!result_) return 0;
    std::string_view const count = PQcmdTuples(result_.get());
    std::int64_t out = 0;
    std::from_chars(count.data(), count.data() + count.size(), out);
    return out;
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> out;
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return out;
    text = text.substr(1, text.size() - 2);
    while (!text.empty()) {
        std::string element;
        bool const quoted = text.front() == '"';
        std::size_t i = quoted ? 1 : 0;
        for (; i < text.size() && text[i] != (quoted ? '"' : ','); ++i) {
            if (text[i] == '\\' && i + 1 < text.size()) ++i;
            element.push_back(text[i]);
        }
        if (quoted) ++i;
        if (quoted || element != "NULL") out.push_back(std::move(element));
        text.remove_prefix(std::min(i + 1, text.size()));
    }
    return out;
}

}  // namespace vanna::postgres
