// Passwords as bcrypt hashes (cost 12, about 200 ms), computed on the cpu pool and never on a worker. Called
// by log-in and wherever a password is set; whether a password is good enough is core/auth/credentials'
// business.
#pragma once
#include "core/async/work_pool.hpp"

namespace vanna::auth {

class password_hasher {
  public:
    static constexpr unsigned product_cost = 12;
    // `cost` is 12 but for tests, which have no 200 ms to spend.
    explicit password_hasher(work_pool& pool, unsigned cost = product_cost) : pool_(pool), cost_(cost) {}

    // A "$2b$…" hash with a fresh salt. overloaded: the pool's queue is full. deadline_exceeded: it waited
    // there past `limit`. invalid_input: over 72 bytes or holding a zero byte.
    awaitable<result<std::string>> hash(std::string password, deadline limit);
    // Whether `password` is the one behind `stored` ($2a$, $2b$ or $2y$). Anything else as `stored`, empty
    // for an account that does not exist, is false after the same time.
    awaitable<result<bool>> verify(std::string password, std::string stored, deadline limit);

  private:
    work_pool& pool_;
    unsigned cost_;
};

// The blocking computations themselves, for the tests and the command line.
std::string make_hash(std::string const& password, unsigned cost);
bool check_hash(std::string const& password, std::string const& stored, unsigned cost);

}  // namespace vanna::auth
