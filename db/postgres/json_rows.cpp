#include "db/postgres/json_rows.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "core/sql/utf8.hpp"

namespace vanna::postgres {

void json_rows::row() {
    if (rows_++ > 0) text_.append("},");
    text_.push_back('{');
    first_field_ = true;
}

void json_rows::begin(std::string_view name) {
    if (!first_field_) text_.push_back(',');
    first_field_ = false;
    text_.append("\"").append(name).append("\":");
}

void json_rows::field(std::string_view name, std::string_view text) {
    begin(name);
    write_text(text);
}

void json_rows::field(std::string_view name, uuid const& id) {
    begin(name);
    text_.push_back('"');
    append(text_, id);
    text_.push_back('"');
}

void json_rows::field(std::string_view name, std::optional<uuid> const& id) {
    if (id) return field(name, *id);
    begin(name);
    text_.append("null");
}

void json_rows::field(std::string_view name, instant time) {
    constexpr auto last = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
    begin(name);
    text_.append("\"").append(to_rfc3339(std::clamp(time, instant{}, instant{last}))).append("\"");
}

void json_rows::field(std::string_view name, boost::json::value const& value) {
    begin(name);
    write_value(value);
}

void json_rows::field(std::string_view name, double number) {
    begin(name);
    text_.append(std::isfinite(number) ? boost::json::serialize(boost::json::value(number)) : "null");
}

std::string json_rows::finish() && {
    text_.append(rows_ > 0 ? "}]" : "]");
    return std::move(text_);
}

void json_rows::write_text(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    text_.push_back('"');
    while (!text.empty()) {
        auto const [length, valid] = sql::next_utf8(text);
        auto const c = std::uint8_t(text.front());
        if (!valid || c == 0)
            text_.append(sql::replacement_character);
        else if (c == '"' || c == '\\')
            text_.append({'\\', char(c)});
        else if (c < 0x20)
            text_.append({'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]});
        else
            text_.append(text.substr(0, length));
        text.remove_prefix(length);
    }
    text_.push_back('"');
}

// jsonb refuses what Boost.JSON may hold: the character U+0000, infinities.
void json_rows::write_value(boost::json::value const& value) {
    auto const list = [this](auto const& elements, char open, char close, auto each) {
        text_.push_back(open);
        for (bool first = true; auto const& element : elements) {
            if (!std::exchange(first, false)) text_.push_back(',');
            each(element);
        }
        text_.push_back(close);
    };
    if (auto const* text = value.if_string()) return write_text(*text);
    if (auto const* array = value.if_array())
        return list(*array, '[', ']', [this](auto const& v) { write_value(v); });
    if (auto const* object = value.if_object())
        return list(*object, '{', '}', [this](auto const& member) {
            write_text(member.key());
            text_.push_back(':');
            write_value(member.value());
        });
    auto const* number = value.if_double();
    text_.append(number && !std::isfinite(*number) ? "null" : boost::json::serialize(value));
}

}  // namespace vanna::postgres
