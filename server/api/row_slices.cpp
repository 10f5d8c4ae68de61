#include "server/api/row_slices.hpp"

namespace vanna::api {
namespace {

// The end of the JSON value that `text` begins with, an array or an object.
std::size_t end_of_value(std::string_view text) {
    std::size_t depth = 0;
    bool in_text = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const c = text[at];
        if (in_text) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                in_text = false;
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return at + 1;
        }
    }
    return text.size();
}

}  // namespace

row_slices::row_slices(std::string_view found, std::size_t least) : least_(least) {
    // No text of JSON holds these words: a quotation mark within one is escaped.
    constexpr std::string_view before_columns = "\"columns\":", before_rows = ",\"rows\":[",
                               behind_rows = "],\"row_count\":";
    found.remove_prefix(before_columns.size());
    columns_ = found.substr(0, end_of_value(found));
    found.remove_prefix(columns_.size() + before_rows.size());
    auto const end = found.rfind(behind_rows);
    rows_ = found.substr(0, end);
    totals_ = found.substr(end + 2);
}

std::optional<std::string_view> row_slices::next() {
    if (rows_.empty()) return {};
    std::size_t end = 0;
    while (end < rows_.size() && end < least_)
        end += end_of_value(rows_.substr(end)) + 1;  // and the comma
    auto const slice = rows_.substr(0, end > rows_.size() ? rows_.size() : end - 1);
    rows_.remove_prefix(end > rows_.size() ? rows_.size() : end);
    return slice;
}

}  // namespace vanna::api
