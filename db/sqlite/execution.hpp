// A statement while it runs: steps SQLite and writes rows, a slice at a time, within the caps. Lives on pool
// threads, one at a time; owns everything it reads from, so that it may outlive the request that began it.
#pragma once
#include "core/sql/target.hpp"
#include "db/sqlite/file_version.hpp"

namespace vanna::sqlite {

class execution {
  public:
    execution(lease from, sql::statement what, sql::open_options how);
    ~execution();
    execution(execution const&) = delete;

    // Prepares and binds. query_refused, query_invalid, query_too_large, deadline_exceeded, cancelled.
    result<void> start();
    // Rows up to about `bytes`, or up to the caps; the last slice resets the statement. query_too_large: a
    // row that no answer has room for.
    result<sql::slice> advance(std::size_t bytes);

    std::vector<sql::column> columns() const { return columns_; }
    bool cacheable() const { return cacheable_; }
    std::string const& version() const { return lease_.version(); }
    // No row is left to come.
    bool is_done() const { return done_; }

  private:
    enum class stepped { row, end, full };
    result<stepped> step();
    result<stepped> add_row();
    int write_row(std::size_t most);
    bool is_long_and_late(std::size_t bytes);
    void note_types();
    void finish();

    lease lease_;
    sql::statement what_;
    sql::open_options how_;
    prepared* statement_ = nullptr;
    std::vector<sql::column> columns_;
    std::optional<sql::row_writer> writer_;
    std::uint64_t rows_ = 0, bytes_taken_ = 0;
    bool cacheable_ = true, done_ = false;
};

}  // namespace vanna::sqlite
