// The target as all workers share it: its idle connections, what its guard must know of it, its state and
// schema. Connections are taken and given back on pool threads only.
#pragma once
#include <atomic>
#include <map>
#include <mutex>

#include "db/postgres/target/guard.hpp"
#include "db/postgres/target/link.hpp"
#include "db/postgres/target/target.hpp"

namespace vanna::pg_target {

// What a statement needs to know of the database; immutable, replaced when the schema changes.
struct knowledge {
    own_names names;
    std::string search_path;  // quoted, for SET LOCAL: every schema with something to read
};

class shared_database;
// A borrowed connection; gives it back when it dies.
class lease {
  public:
    lease(std::shared_ptr<shared_database> from, std::unique_ptr<link> lent, bool is_fresh)
        : from_(std::move(from)), lent_(std::move(lent)), is_fresh_(is_fresh) {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept;
    ~lease() { give_back(); }
    link& operator*() const { return *lent_; }
    link* operator->() const { return lent_.get(); }
    bool is_fresh() const { return is_fresh_; }  // no statement has run on it yet
    void give_back();

  private:
    std::shared_ptr<shared_database> from_;
    std::unique_ptr<link> lent_;
    bool is_fresh_;
};

class execution;

class shared_database : public std::enable_shared_from_this<shared_database> {
  public:
    explicit shared_database(target_options options) : options_(std::move(options)) {}

    target_options const& options() const { return options_; }

    // Blocks. `fresh`: not one of those that idle, which may be dead without showing it.
    result<lease> take(watch const& until, bool fresh = false);
    void give_back(std::unique_ptr<link> lent);
    void close_idle();

    // Where connections lead from now on, as address::resolve() found.
    void lead_to(postgres::connect_words words);
    void accept(std::shared_ptr<sql::schema const> schema, std::shared_ptr<knowledge const> known);
    void refuse(std::string problem);    // until accept(): every statement is answered with it
    void complain(std::string problem);  // for health: it does not answer at present

    // unavailable until accept().
    result<std::shared_ptr<knowledge const>> known() const;
    sql::target_status status() const;
    std::shared_ptr<sql::schema const> schema() const;

    // Names of types that are no built-in ones, as far as seen.
    std::string type_name(unsigned type) const;
    void name_type(unsigned type, std::string name);

    // A result that somebody stopped reading, ended by the next pool thread that comes by.
    void abandon(std::shared_ptr<execution> left);
    void drop_abandoned();

    std::atomic<std::size_t> cursors{0};
    deadline contents_until{};  // of the schema's row counts and values; refresh() alone uses it

  private:
    target_options const options_;
    mutable std::mutex mutex_;
    postgres::connect_words words_;
    std::vector<std::unique_ptr<link>> idle_;
    std::shared_ptr<knowledge const> known_;
    std::shared_ptr<sql::schema const> schema_;
    std::string problem_ = "the target database is not ready yet";
    std::map<unsigned, std::string> type_names_;
    std::vector<std::shared_ptr<execution>> abandoned_;
};

}  // namespace vanna::pg_target
