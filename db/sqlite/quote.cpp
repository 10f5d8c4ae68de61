#include "db/sqlite/quote.hpp"

namespace vanna::sqlite {
namespace {

std::string enclosed(std::string_view text, char quote) {
    std::string out(1, quote);
    for (char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    return out += quote;
}

}  // namespace

std::string quote_name(std::string_view name) {
    return enclosed(name, '"');
}

std::string quote_text(std::string_view text) {
    return enclosed(text, '\'');
}

}  // namespace vanna::sqlite
