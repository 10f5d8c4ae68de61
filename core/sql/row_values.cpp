#include "core/sql/row_values.hpp"

#include <algorithm>

namespace vanna::sql {

std::string without_values(std::string_view message) {
    auto end = message.size();
    for (std::string_view opening : {"\"", ":", "«", "„", "“", "»", "‘"})
        end = std::min(end, message.find(opening));
    std::string out(message.substr(0, end));
    return end == message.size() ? out : out + "…";
}

std::string message_to_keep(error const& failure, std::string_view engine) {
    // What has a position is about the statement alone, which the record holds anyway.
    bool const quotes_rows = engine == "postgresql" && !failure.position &&
                             (failure.code == errc::query_invalid || failure.code == errc::query_too_large);
    return quotes_rows ? without_values(failure.message) : failure.message;
}

}  // namespace vanna::sql
