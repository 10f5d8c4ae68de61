// Where PostgreSQL is and how to connect: a postgresql:// URL taken apart once, plus what every connection of
// the engine sets. Names are resolved by Asio at each connect, since libpq would block the thread.
#pragma once
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
    std::string const& database() const { return database_; }
    std::string display() const;  // "host:port/database" for messages
    // libpq's words with `hostaddr` beside `host`. unavailable: no name resolves.
    awaitable<result<connect_words>> resolve(deadline limit) const;

  private:
    awaitable<result<connect_words>> resolve_hosts(deadline limit) const;
    std::string get(std::string_view name) const;
    connect_words given_;
    std::string database_;
    std::chrono::milliseconds statement_timeout_{};
};

}  // namespace vanna::postgres
