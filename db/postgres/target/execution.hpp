// A statement while it runs: a cursor in a READ ONLY transaction, its rows written as they come, a slice at a
// time, within the caps. Lives on pool threads, one at a time; owns everything it reads from, so that it may
// outlive the request that began it.
#pragma once
#include "core/sql/target.hpp"
#include "db/postgres/target/binding.hpp"
#include "db/postgres/target/cells.hpp"
#include "db/postgres/target/database.hpp"

namespace vanna::pg_target {

// A statement that the guard let through and the server has parsed.
struct prepared {
    std::string text;
    parameters with;  // of the types that the server made of them
    std::vector<sql::column> columns;
    std::vector<unsigned> types;
};

class execution {
  public:
    // `place`: of a result that comes in slices.
    execution(std::shared_ptr<shared_database> on, sql::statement what, sql::open_options how,
              cursor_place place = nullptr);
    ~execution();
    execution(execution const&) = delete;

    // Guards, begins the transaction, parses: all that check() needs, where parameters have no values yet.
    // query_refused, query_invalid, query_too_large, unavailable, deadline_exceeded, cancelled.
    enum class values { given, to_come };
    result<void> prepare(values of_parameters = values::given);
    // Opens the cursor.
    result<void> start();
    // Rows up to about `bytes`, or up to the caps; the last slice ends the transaction. query_too_large: a
    // row that no answer has room for.
    result<sql::slice> advance(std::size_t bytes);

    std::vector<sql::column> const& columns() const { return statement_.columns; }
    std::string const& version() const { return version_; }
    bool is_done() const { return done_; }

  private:
    enum class stepped { row, end, full };
    result<void> begin(std::string const& search_path);
    result<void> parse(std::string const& text, parameters with);
    result<void> name_types();
    result<rows> next_row();
    std::uint64_t next_fetch() const;
    result<stepped> step();
    result<stepped> add_row(rows const& from);
    void finish();

    std::shared_ptr<shared_database> on_;
    cursor_place place_;
    sql::statement what_;
    sql::open_options how_;
    watch watch_;
    std::optional<lease> lease_;
    prepared statement_;
    std::vector<cell_kind> kinds_;
    std::optional<sql::row_writer> writer_;
    std::string version_;
    std::size_t offset_ = 0;  // of the statement in the client's text
    std::uint64_t rows_ = 0, bytes_taken_ = 0, asked_ = 0, seen_ = 0;
    bool is_weighed_ = false, done_ = false;
};

}  // namespace vanna::pg_target
