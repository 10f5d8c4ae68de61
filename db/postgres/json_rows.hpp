// Rows on their way to json_to_recordset(): one JSON array of objects, written straight into a string. Text
// is made storable on the way (no zero bytes, no invalid UTF-8), so that no record can make its batch fail.
#pragma once
#include <boost/json/value.hpp>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"

namespace vanna::postgres {

class json_rows {
  public:
    // Begins the next row; fields follow.
    void row();
    void field(std::string_view name, std::string_view text);
    void field(std::string_view name, uuid const& id);
    void field(std::string_view name, std::optional<uuid> const& id);
    void field(std::string_view name, instant time);  // outside 1970 to 9999: the nearer end
    void field(std::string_view name, boost::json::value const& value);
    void field(std::string_view name, double number);
    template <std::same_as<bool> T>
    void field(std::string_view name, T flag) {
        begin(name);
        text_.append(flag ? "true" : "false");
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    void field(std::string_view name, T number) {
        begin(name);
        text_.append(std::to_string(number));
    }
    std::size_t size() const { return rows_; }
    std::string finish() &&;

  private:
    void begin(std::string_view name);
    void write_text(std::string_view text);
    void write_value(boost::json::value const& value);

    std::string text_ = "[";
    std::size_t rows_ = 0;
    bool first_field_ = true;
};

}  // namespace vanna::postgres
