#include "db/postgres/target/database.hpp"

#include "db/postgres/target/errors.hpp"
#include "db/postgres/target/execution.hpp"

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
    drop_abandoned();
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
    if (!opened) return opened.error();
    return lease(shared_from_this(), std::move(*opened), true);
}

void shared_database::give_back(std::unique_ptr<link> lent) {
    if (!lent->is_reusable()) return;
    std::lock_guard const lock(mutex_);
    idle_.push_back(std::move(lent));
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

void shared_database::refuse(std::string problem) {
    std::lock_guard const lock(mutex_);
    known_.reset();
    problem_ = std::move(problem);
}

void shared_database::complain(std::string problem) {
    std::lock_guard const lock(mutex_);
    problem_ = std::move(problem);
}

result<std::shared_ptr<knowledge const>> shared_database::known() const {
    std::lock_guard const lock(mutex_);
    if (known_) return known_;
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
