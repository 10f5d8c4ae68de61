// Reads a request's JSON object field by field and collects everything that is wrong with it, so that one
// answer names all of it. Unknown fields are wrong too: a misspelt option must not pass silently.
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "core/error.hpp"
#include "core/ids.hpp"

namespace vanna::api {

class body_reader {
  public:
    // bad_request: not JSON (at most 32 levels deep), or not an object.
    static result<body_reader> parse(std::string_view text);

    // Required: a missing or mistyped field is noted and a default value returned. `most` counts characters.
    std::string text(std::string_view name, std::size_t least, std::size_t most);
    std::optional<std::string> optional_text(std::string_view name, std::size_t least, std::size_t most);
    std::optional<bool> optional_bool(std::string_view name);
    std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t least,
                                                 std::int64_t most);
    std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most);
    std::optional<uuid> optional_id(std::string_view name);
    std::vector<std::string> texts(std::string_view name, std::size_t most_items,
                                   std::size_t most_characters);
    boost::json::value const* raw(std::string_view name);
    bool has(std::string_view name) const { return object_.contains(name); }

    void wrong(std::string_view name, std::string message);
    // invalid_input with every problem found, unknown fields included; call once all fields were read.
    result<void> done();

  private:
    explicit body_reader(boost::json::object o) : object_(std::move(o)) {}
    boost::json::value const* find(std::string_view name);

    boost::json::object object_;
    std::set<std::string, std::less<>> known_;
    std::vector<field_error> problems_;
};

// Unicode code points of UTF-8 text; nothing when it is not UTF-8.
std::optional<std::size_t> characters(std::string_view text);

}  // namespace vanna::api
