// One moment of the System DB, held open for other programs: pg_dump reads the very rows that were counted
// here. Made by backups; what was restored or drilled is counted by count_rows().
#pragma once
#include <map>

#include "core/replica/state.hpp"
#include "db/postgres/session.hpp"

namespace vanna::postgres {

using row_counts = std::map<std::string, std::int64_t>;  // by table

// The moment lasts as long as this object, on a connection of its own.
class exported_snapshot {
  public:
    std::string const& id() const { return id_; }  // for pg_dump --snapshot
    row_counts rows;                               // of the tables whose rows a dump holds
    int server_version = 0;                        // 150014
    std::string migration;                         // the newest that is applied
    replica::target_state target;                  // version "" where none is set
    replica::knowledge_state knowledge;            // collection "" when never trained

  private:
    friend awaitable<result<std::unique_ptr<exported_snapshot>>> export_snapshot(address, deadline);
    std::string id_;
    std::unique_ptr<session> held_;
};

// conflict: the tables are in another schema than public, which alone a dump holds.
awaitable<result<std::unique_ptr<exported_snapshot>>> export_snapshot(address where, deadline limit);

// Rows of each archived table that is there; tables that an older release did not have yet are left out.
awaitable<result<row_counts>> count_rows(session& on, deadline limit);
awaitable<result<row_counts>> count_rows(address where, deadline limit);

// The names of the migrations that are applied, in order.
awaitable<result<std::vector<std::string>>> applied_migrations(session& on, deadline limit);

}  // namespace vanna::postgres
