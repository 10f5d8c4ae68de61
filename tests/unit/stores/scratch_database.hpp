// A PostgreSQL database of its own for one test case, on the server that DATABASE_URL names; dropped at the
// end. with_pool() gives a body a pool on it and closes the pool whatever happens.
#pragma once
#include "db/postgres/pool.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::test {

using namespace std::chrono_literals;

class scratch_database {
  public:
    scratch_database();
    ~scratch_database();
    std::string const& name() const { return name_; }
    postgres::address where() const;
    // Runs statements outside the pool under test, as another client would.
    void run(std::string sql) const;
    // The first column of the first row.
    std::string ask(std::string sql) const;

  private:
    std::string name_;
};

// The server of DATABASE_URL, another database.
postgres::address server(std::string database);
// The same through another port of loopback.
postgres::address server_at(unsigned short port, std::string database);
asio::ip::tcp::endpoint server_endpoint();

template <class F>
void with_pool(postgres::address to, postgres::pool_options options, F body,
               std::chrono::milliseconds limit = 20s) {
    run_coroutine(
        [&]() -> awaitable<void> {
            postgres::pool pool(co_await asio::this_coro::executor, to, options);
            std::exception_ptr failure;
            auto const opened = co_await pool.open(after(5s));
            try {
                BOOST_REQUIRE_MESSAGE(opened, opened.error().detail);
                co_await body(pool);
            } catch (...) {
                failure = std::current_exception();
            }
            co_await pool.close();
            if (failure) std::rethrow_exception(failure);
        },
        limit);
}

template <class F>
void with_pool(scratch_database const& database, F body) {
    with_pool(database.where(), {}, std::move(body));
}

// Runs `count` coroutines made by `make(i)` beside each other and waits for all.
template <class F>
awaitable<void> side_by_side(std::size_t count, F make) {
    auto const executor = co_await asio::this_coro::executor;
    task_group group(executor);
    for (std::size_t i = 0; i < count; ++i)
        group.spawn("test", [&make, i] { return make(i); });
    co_await group.wait();
}

}  // namespace vanna::test
