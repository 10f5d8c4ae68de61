// One connection to the target, used by one pool thread at a time, which waits for its answers. Every wait
// looks at the watch: what must end is cancelled on the server, and what does not answer then is given up.
#pragma once
#include <memory>
#include <string>

#include "db/postgres/address.hpp"
#include "db/postgres/rows.hpp"
#include "db/postgres/target/watch.hpp"

struct pg_conn;

namespace vanna::pg_target {

using postgres::rows;

// A statement's parameters as the protocol wants them; a type of 0 is for the server to infer.
struct parameters {
    std::vector<std::optional<std::string>> values;
    std::vector<unsigned> types;
};

class link {
  public:
    // `words` as address::resolve() makes them. unavailable, deadline_exceeded, cancelled.
    static result<std::unique_ptr<link>> open(postgres::connect_words const& words, watch const& until);
    ~link();
    link(link const&) = delete;

    // The engine's own statements, any number of them: the rows of the last.
    result<rows> script(std::string const& sql, watch const& until);
    // One statement by the extended protocol.
    result<rows> execute(std::string const& sql, parameters const& with, watch const& until);
    // Parses one statement and tells its columns and parameters (PQnfields, PQftype, PQnparams).
    result<rows> describe(std::string const& sql, parameters const& with, watch const& until);

    // ROLLBACK, and the locks that it does not end: nothing of the transaction stays.
    void end_transaction();

    // A script, or one statement with parameters, whose rows come one by one.
    result<void> begin_rows(std::string const& sql);
    result<void> begin_rows(std::string const& sql, parameters const& with);
    // The next row; null after the last.
    result<rows> next_row(watch const& until);
    bool is_between_rows() const { return between_rows_; }
    // Ends begin_rows() before its last row.
    void stop_rows();

    // Open, idle, outside a transaction, nothing came in meanwhile; and no row was so large that the buffer,
    // which never shrinks, is worth more than a new connection.
    bool is_reusable();
    bool is_lost() const { return lost_; }

  private:
    explicit link(pg_conn* owned) : connection_(owned) {}
    result<void> shake_hands(watch const& until);
    result<void> sent(int outcome);
    int send(std::string const& sql, parameters const& with);
    result<rows> last_reply(watch const& until);
    result<rows> reply(watch const& until);
    result<void> wait_for_reply(watch const& until);
    error give_up(error why);
    bool cancel();  // false: the connection is lost with it
    void drain();

    pg_conn* connection_;
    bool lost_ = false, between_rows_ = false, is_swollen_ = false;
};

}  // namespace vanna::pg_target
