// Where PostgreSQL is and how to connect: a postgresql:// URL taken apart once, plus what every connection of
// the engine sets. Names are resolved by Asio at each connect, since libpq would block the thread.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/async/awaitable.hpp"

namespace vanna::postgres {

// libpq's connection parameters by name.
using connect_words = std::vector<std::pair<std::string, std::string>>;

class address {
  public:
    // invalid_input: not a URL that libpq understands. `statement_timeout`: zero for none.
    static result<address> parse(std::string const& url, std::chrono::milliseconds statement_timeout = {});
    address with_statement_timeout(std::chrono::milliseconds limit) const;
    address with_database(std::string name) const;
    address with_login(std::string user, std::string password) const;
    std::string const& database() const { return database_; }
    std::string const& user() const { return user_; }  // empty: libpq's default
    std::string display() const;                       // "host:port/database" for messages
    // What PostgreSQL's own programs have to find in their environment to connect as the engine does: PGHOST,
    // PGPASSWORD … (a password is never on a command line). invalid_input: a word that libpq reads from no
    // variable.
    result<std::map<std::string, std::string>> environment() const;
    // libpq's words with `hostaddr` beside `host`. unavailable: no name resolves.
    awaitable<result<connect_words>> resolve(deadline limit) const;

  private:
    awaitable<result<connect_words>> resolve_hosts(deadline limit) const;
    std::string get(std::string_view name) const;
    void set(std::string_view name, std::string value);  // "": as if it was not given
    connect_words given_;
    std::string database_, user_;
    std::chrono::milliseconds statement_timeout_{};
};

}  // namespace vanna::postgres
