// Advisory locks of the whole cluster, each on a connection of its own: whoever loses the connection has lost
// the lock, and a process that dies releases it.
#include "db/postgres/sqlstate.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

constexpr char try_lock_alone[] =
    "select pg_try_advisory_lock(hashtextextended('vanna lock ' || $1::text, 0))";
constexpr char try_lock_beside_others[] =
    "select pg_try_advisory_lock_shared(hashtextextended('vanna lock ' || $1::text, 0))";
constexpr char ask_lock[] =
    "select exists (select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and "
    "granted)";

class advisory_lock final : public jobs::lock {
  public:
    advisory_lock(std::string name, std::unique_ptr<session> held)
        : name_(std::move(name)), held_(std::move(held)) {}

    awaitable<result<void>> still_held(deadline limit) override {
        auto const answer = co_await held_->execute(ask_lock, params{}, limit);
        if (answer && (*answer)[0].boolean(0)) co_return result<void>{};
        co_return error{errc::conflict, public_text{"the cluster-wide lock \"" + name_ + "\" was lost"},
                        internal_text{answer ? "not in pg_locks" : answer.error().detail}};
    }

  private:
    std::string name_;
    std::unique_ptr<session> held_;
};

class lock_store final : public jobs::lock_store {
  public:
    explicit lock_store(pool& on) : address_(on.where().with_statement_timeout({})) {}

    awaitable<result<std::unique_ptr<jobs::lock>>> try_lock(std::string name, jobs::lock_mode mode,
                                                            deadline limit) override {
        auto on = co_await session::open(address_, limit);
        if (!on) co_return on.error();
        auto const got = co_await (*on)->execute(
            mode == jobs::lock_mode::shared ? try_lock_beside_others : try_lock_alone, params(name), limit);
        if (!got) co_return got.error();
        if (!(*got)[0].boolean(0))
            co_return error{errc::conflict, public_text{"\"" + name + "\" is locked by another process"}};
        co_return std::make_unique<advisory_lock>(std::move(name), std::move(*on));
    }

  private:
    address address_;
};

}  // namespace

std::unique_ptr<jobs::lock_store> create_lock_store(pool& on) {
    return std::make_unique<lock_store>(on);
}

}  // namespace vanna::postgres
