#include "server/api/body.hpp"

namespace vanna::api {

std::optional<std::size_t> characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        auto const c = static_cast<unsigned char>(text[i]);
        std::size_t const length = c < 0x80                ? 1
                                   : c >= 0xC2 && c < 0xE0 ? 2
                                   : c >= 0xE0 && c < 0xF0 ? 3
                                   : c >= 0xF0 && c < 0xF5 ? 4
                                                           : 0;
        if (length == 0 || i + length > text.size()) return {};
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return {};
        i += length;
    }
    return count;
}

result<body_reader> body_reader::parse(std::string_view text) {
    boost::system::error_code ec;
    boost::json::parse_options options;
    options.max_depth = 32;
    auto value = boost::json::parse(text, ec, {}, options);
    if (ec) return error{errc::bad_request, public_text{"the body is not JSON: " + ec.message()}};
    if (!value.is_object()) return error{errc::bad_request, public_text{"the body is not a JSON object"}};
    return body_reader(std::move(value.get_object()));
}

boost::json::value const* body_reader::find(std::string_view name) {
    known_.emplace(name);
    return object_.if_contains(name);
}

void body_reader::wrong(std::string_view name, std::string message) {
    problems_.push_back({std::string(name), std::move(message)});
}

std::optional<std::string> body_reader::optional_text(std::string_view name, std::size_t least,
                                                      std::size_t most) {
    auto const* v = find(name);
    if (!v || v->is_null()) return {};
    if (!v->is_string()) return wrong(name, "expected a string"), std::nullopt;
    std::string text(v->get_string());
    auto const count = characters(text);
    if (!count || text.find('\0') != text.npos)
        return wrong(name, "expected UTF-8 text without zero bytes"), std::nullopt;
    if (*count < least || *count > most)
        return wrong(name, "expected " + std::to_string(least) + " to " + std::to_string(most) +
                               " characters, got " + std::to_string(*count)),
               std::nullopt;
    return text;
}

std::string body_reader::text(std::string_view name, std::size_t least, std::size_t most) {
    if (auto const* v = find(name); !v || v->is_null()) return wrong(name, "is required"), std::string();
    return optional_text(name, least, most).value_or("");
}

std::optional<bool> body_reader::optional_bool(std::string_view name) {
    auto const* v = find(name);
    if (!v || v->is_null()) return {};
    if (!v->is_bool()) return wrong(name, "expected true or false"), std::nullopt;
    return v->get_bool();
}

std::optional<std::int64_t> body_reader::optional_integer(std::string_view name, std::int64_t least,
                                                          std::int64_t most) {
    auto const* v = find(name);
    if (!v || v->is_null()) return {};
    if (!v->is_int64() || v->get_int64() < least || v->get_int64() > most)
        return wrong(name,
                     "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most)),
               std::nullopt;
    return v->get_int64();
}

std::int64_t body_reader::integer(std::string_view name, std::int64_t least, std::int64_t most) {
    if (auto const* v = find(name); !v || v->is_null()) return wrong(name, "is required"), 0;
    return optional_integer(name, least, most).value_or(0);
}

std::optional<uuid> body_reader::optional_id(std::string_view name) {
    auto const* v = find(name);
    if (!v || v->is_null()) return {};
    auto const id = v->is_string() ? parse_uuid(std::string_view(v->get_string())) : std::nullopt;
    if (!id) wrong(name, "expected a UUID such as 0190a0b0-c0d0-7ef0-8123-456789abcdef");
    return id;
}

std::vector<std::string> body_reader::texts(std::string_view name, std::size_t most_items,
                                            std::size_t most_characters) {
    std::vector<std::string> out;
    auto const* v = find(name);
    if (!v || v->is_null()) return out;
    if (!v->is_array() || v->get_array().size() > most_items) {
        wrong(name, "expected a list of at most " + std::to_string(most_items) + " strings");
        return out;
    }
    for (auto const& item : v->get_array()) {
        auto const count = item.is_string() ? characters(std::string_view(item.get_string())) : std::nullopt;
        if (!count || *count == 0 || *count > most_characters ||
            item.get_string().find('\0') != std::string::npos) {
            wrong(name, "expected strings of 1 to " + std::to_string(most_characters) + " characters");
            return {};
        }
        out.emplace_back(item.get_string());
    }
    return out;
}

boost::json::value const* body_reader::raw(std::string_view name) {
    return find(name);
}

result<void> body_reader::done() {
    for (auto const& member : object_)
        if (!known_.contains(member.key())) wrong(member.key(), "is not a known field");
    if (problems_.empty()) return {};
    error e{errc::invalid_input, public_text{"the request is not valid: see errors"}};
    e.fields = std::move(problems_);
    return e;
}

}  // namespace vanna::api
