#include "db/postgres/target/database.hpp"

#include "db/postgres/target/errors.hpp"
#include "db/postgres/target/execution.hpp"
#include "db/postgres/target/role.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t most_type_names = 1000;

// What the answers' forms and the guard's reading of texts depend on, whatever the role or database says.
constexpr std::string_view fixed_settings =
    " -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1"
    " -c standard_conforming_strings=on -c idle_in_transaction_session_timeout=600000";

}  // namespace

lease& lease::operator=(lease&& other) noexcept {
    give_back();
    from_ = std::move(other.from_);
    lent_ = std::move(other.lent_);
    is_fresh_ = other.is_fresh_;
    return *this;
}

void lease::give_back() {
    if (lent_) from_->give_back(std::move(lent_));
}

result<lease> shared_database::take(watch const& until, bool fresh) {
    postgres::connect_words words;
    std::vector<std::unique_ptr<link>> dead;  // closed outside the lock
    {
        std::lock_guard const lock(mutex_);
        while (!fresh && !idle_.empty()) {
            auto last = std::move(idle_.back());
            idle_.pop_back();
            if (last->is_reusable()) return lease(shared_from_this(), std::move(last), false);
            dead.push_back(std::move(last));
        }
        words = words_;
    }
    if (words.empty()) return unreachable("its address has not been looked up yet");
    auto opened = link::open(words, until);
    if (!opened) {
        // The log-in may be the wrong one by now; the next refresh is not to go by connections of before.
        if (options_.former && opened.error().code == errc::unavailable) close_idle();
        return opened.error();
    }
    return lease(shared_from_this(), std::move(*opened), true);
}

result<lease> shared_database::take_checked(watch const& until, bool fresh) {
    auto taken = take(until, fresh);
    if (!taken || !taken->is_fresh() || !options_.has(layer::role)) return taken;
    auto const seen = check_role(**taken, options_.is_demo, until);
    if (seen) return taken;
    taken->close();
    if (seen.error().code != errc::conflict) return seen.error();
    refuse();
    return not_ready();
}

void shared_database::give_back(std::unique_ptr<link> lent) {
    if (!lent->is_reusable()) return;
    std::lock_guard const lock(mutex_);  // let go before `lent` is closed
    if (idle_.size() < most_idle_) idle_.push_back(std::move(lent));
}

cursor_place shared_database::take_cursor() {
    if (++cursors_ > options_.max_cursors) {
        --cursors_;
        return nullptr;
    }
    return cursor_place(this, [own = shared_from_this()](void*) { --own->cursors_; });
}

void shared_database::close_idle() {
    std::vector<std::unique_ptr<link>> closing;
    std::lock_guard const lock(mutex_);
    closing.swap(idle_);
}

void shared_database::lead_to(postgres::connect_words words) {
    for (auto& [name, value] : words)
        if (name == "options") {
            (value += fixed_settings) += " -c timezone=" + options_.timezone;
            if (options_.has(layer::read_only)) value += " -c default_transaction_read_only=on";
        }
    std::lock_guard const lock(mutex_);
    words_ = std::move(words);
}

void shared_database::accept(std::shared_ptr<sql::schema const> schema,
                             std::shared_ptr<knowledge const> known) {
    std::lock_guard const lock(mutex_);
    schema_ = std::move(schema);
    known_ = std::move(known);
    problem_.clear();
}

void shared_database::refuse() {
    close_idle();
    std::lock_guard const lock(mutex_);
    known_.reset();
    problem_ = "the target database is refused; the engine's log tells its administrator why";
}

void shared_database::complain(std::string problem) {
    std::lock_guard const lock(mutex_);
    problem_ = std::move(problem);
}

result<std::shared_ptr<knowledge const>> shared_database::known() const {
    {
        std::lock_guard const lock(mutex_);
        if (known_) return known_;
    }
    return not_ready();
}

error shared_database::not_ready() const {
    std::lock_guard const lock(mutex_);
    return error{errc::unavailable, public_text{problem_}}.with_retry(std::chrono::seconds(1));
}

sql::target_status shared_database::status() const {
    std::lock_guard const lock(mutex_);
    return {.engine = "postgresql",
            .version = schema_ ? schema_->version : "",
            .ready = known_ && problem_.empty(),
            .problem = problem_,
            .is_fixed = false};
}

std::shared_ptr<sql::schema const> shared_database::schema() const {
    std::lock_guard const lock(mutex_);
    return schema_;
}

std::string shared_database::type_name(unsigned type) const {
    std::lock_guard const lock(mutex_);
    auto const found = type_names_.find(type);
    return found == type_names_.end() ? std::string() : found->second;
}

void shared_database::name_type(unsigned type, std::string name) {
    std::lock_guard const lock(mutex_);
    if (type_names_.size() >= most_type_names) type_names_.clear();
    type_names_[type] = std::move(name);
}

void shared_database::abandon(std::shared_ptr<execution> left) {
    std::lock_guard const lock(mutex_);
    abandoned_.push_back(std::move(left));
}

void shared_database::drop_abandoned() {
    std::vector<std::shared_ptr<execution>> dropping;
    std::lock_guard const lock(mutex_);
    dropping.swap(abandoned_);
}

}  // namespace vanna::pg_target
