// A formatted result taken apart again for a stream of events: its columns, its rows in slices of whole rows,
// and what stands behind them. Views into the result: nothing is copied.
#pragma once
#include <optional>
#include <string_view>

namespace vanna::api {

class row_slices {
  public:
    // `found` as query::outcome has it: "columns":[…],"rows":[…],"row_count":…; it must outlive this.
    // A slice ends with the first row that brings it to `least` bytes.
    explicit row_slices(std::string_view found, std::size_t least = 64 * 1024);

    std::string_view columns() const { return columns_; }  // [{…},…]
    std::string_view totals() const { return totals_; }    // "row_count":…,"truncated":…
    // The next rows, [..],[..] without brackets around them; nothing when there are no more.
    std::optional<std::string_view> next();

  private:
    std::string_view columns_, rows_, totals_;
    std::size_t least_;
};

}  // namespace vanna::api
