// A named SQL statement and its parameters, as the pool and the sessions take them. Statements are static
// objects: each pipelined connection prepares one at its first use and knows it by its address from then on.
#pragma once
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"

namespace vanna::postgres {

struct statement {
    char const* name;  // of the prepared statement, unique in the program
    char const* sql;   // one statement with $1, $2 …
};

// Parameters in text format. Zero bytes, which PostgreSQL cannot store and C strings would cut short, become
// U+FFFD.
class params {
  public:
    params() = default;
    template <class... T>
    explicit params(T const&... values) {
        text_.reserve(48 * sizeof...(values));
        (add(values), ...);
    }
    params& add(std::string_view value);
    params& add(char const* value) { return add(std::string_view(value)); }
    params& add(std::string const& value) { return add(std::string_view(value)); }
    params& add(uuid const& value);
    params& add(instant value);
    params& add(std::nullptr_t);
    template <std::same_as<bool> T>
    params& add(T value) {
        return add(std::string_view(value ? "t" : "f"));
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    params& add(T value) {
        return add(std::string_view(std::to_string(value)));
    }
    template <class T>
    params& add(std::optional<T> const& value) {
        return value ? add(*value) : add(nullptr);
    }
    // Raw bytes for a bytea parameter.
    params& add_bytes(std::string_view bytes);
    // An array of text.
    params& add_list(std::vector<std::string> const& values);

    int count() const { return int(offsets_.size()); }
    // One pointer a parameter, null for NULL; they die with the next add().
    std::vector<char const*> pointers() const;

  private:
    static constexpr std::size_t null = std::size_t(-1);
    std::string text_;  // values one after the other, each closed by a zero
    std::vector<std::size_t> offsets_;
};

// Text that PostgreSQL stores: zero bytes and invalid UTF-8 replaced by U+FFFD.
std::string storable(std::string_view text);

}  // namespace vanna::postgres
