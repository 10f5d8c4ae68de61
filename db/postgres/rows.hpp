// The rows of one reply, read by row and column number with types. Owns the driver's result; views die with
// it. A value that is not of the type asked for is a bug (statement and reader are one file) and throws.
#pragma once
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"

struct pg_result;

namespace vanna::postgres {

class row {
  public:
    row(pg_result const* from, int number) : from_(from), number_(number) {}
    bool is_null(int column) const;
    std::string_view text(int column) const;  // NULL reads as ""
    std::string string(int column) const { return std::string(text(column)); }
    std::int64_t integer(int column) const;
    bool boolean(int column) const;  // NULL reads as false
    uuid id(int column) const;
    instant time(int column) const;
    boost::json::value json(int column) const;  // NULL reads as null
    std::vector<std::string> list(int column) const;
    std::optional<uuid> maybe_id(int column) const;
    std::optional<instant> maybe_time(int column) const;

  private:
    pg_result const* from_;
    int number_;
};

class rows {
  public:
    rows() = default;
    explicit rows(pg_result* owned) : result_(owned) {}
    int size() const;
    bool empty() const { return size() == 0; }
    std::int64_t affected() const;  // rows that INSERT, UPDATE or DELETE touched
    pg_result const* reply() const { return result_.get(); }
    row operator[](int number) const { return {result_.get(), number}; }

  private:
    struct clear {
        void operator()(pg_result* r) const;
    };
    std::unique_ptr<pg_result, clear> result_;
};

// The elements of a one-dimensional array in PostgreSQL's text form; NULL elements are left out.
std::vector<std::string> parse_list(std::string_view text);

}  // namespace vanna::postgres
