#include "db/postgres/restore_rows.hpp"

#include "core/log.hpp"
#include "db/postgres/audit_rows.hpp"
#include "db/postgres/copy.hpp"
#include "db/postgres/restore_statements.hpp"
#include "db/postgres/revocation.hpp"

namespace vanna::postgres {
namespace {

constexpr int most_attempts = 5;

// Whoever gives up hangs up, which the server has to notice while it waits for a lock.
constexpr char notice_a_hang_up[] = "set local client_connection_check_interval = 500";
constexpr char hold_maintenance[] = "select 1 from maintenance where active and holder = $1::uuid for update";
// An id of version 7 from a random one: the first 48 bits are the time's.
constexpr char revoke_all_tokens[] =
    "insert into revocations (id, user_id, least_epoch, expires_at) select "
    "overlay(overlay(gen_random_uuid()::text placing left(vanna_first_id(now())::text, 13) from 1) placing "
    "'7' from "
    "15)::uuid, id, epoch, $1::timestamptz from (select id, session_epoch as epoch from users union all "
    "select id, "
    "session_epoch + 1 from live_epochs l where not exists (select 1 from users u where u.id = l.id)) "
    "everybody";
constexpr char move_target[] =
    "insert into target_state (target, version, origin, size, revision) values ('default', $1::text, "
    "$2::text, "
    "$3::bigint, 1) on conflict (target) do update set version = excluded.version, origin = excluded.origin, "
    "size = "
    "excluded.size, revision = target_state.revision + 1, updated_at = now()";
constexpr char move_knowledge[] =
    "insert into knowledge_state (target, collection, fingerprint, schema_version, revision) values "
    "('default', "
    "$1::text, $2::text, $3::text, 1) on conflict (target) do update set collection = excluded.collection, "
    "fingerprint = excluded.fingerprint, schema_version = excluded.schema_version, revision = "
    "knowledge_state.revision + 1, updated_at = now()";
constexpr char end_maintenance[] =
    "update maintenance set active = false, reason = '', holder = null, updated_at = now() where holder = "
    "$1::uuid";
// The names in a statement read from an archive mean what they say, whatever its role has been set to.
constexpr char read_plainly[] =
    "set search_path = pg_catalog, public; set statement_timeout = 0; begin isolation level repeatable read "
    "read only";

// What PostgreSQL says of a value, without the context that translate() puts before it.
std::string reason_of(error const& why) {
    auto const at = why.detail.find("SQLSTATE ");
    return at == std::string::npos ? why.detail : why.detail.substr(std::min(at + 16, why.detail.size()));
}

bool is_about_rows(error const& why) {
    auto const at = why.detail.find("SQLSTATE ");
    return at != std::string::npos &&
           (why.detail.compare(at + 9, 2, "22") == 0 || why.detail.compare(at + 9, 2, "23") == 0 ||
            why.detail.compare(at + 9, 2, "42") == 0);
}

error unfit(system_table const& table, error why) {
    return error{errc::invalid_input,
                 public_text{"the archive's rows of " + std::string(table.name) +
                             " do not fit, nothing was changed: " + reason_of(why)},
                 internal_text{std::move(why.detail)}}
        .with_type("archive-rows");
}

// Somebody met this transaction at a lock: it is begun anew.
bool was_in_the_way(error const& why) {
    return why.detail.find("SQLSTATE 40P01") != std::string::npos ||
           why.detail.find("SQLSTATE 55P03") != std::string::npos;
}

// One attempt, on two sessions of its own.
class attempt {
  public:
    attempt(session& live, session& source, flip const& what, deadline limit)
        : live_(live), source_(source), what_(what), limit_(limit) {}

    awaitable<result<row_counts>> run() {
        auto done = co_await live_.begin(limit_);
        if (done) done = co_await live_.script(notice_a_hang_up, limit_);
        if (done) done = co_await require_maintenance();
        if (done) done = co_await live_.script(lock_replaced_tables(), limit_);
        if (done) done = co_await live_.script(empty_tables(), limit_);
        for (auto const& table : system_tables())
            if (done && (table.rows == at_restore::replaced || table.rows == at_restore::gains))
                done = co_await bring_in(table);
        if (done) done = co_await move_states();
        if (done) done = co_await note();
        if (done) done = co_await what_.before_commit();
        if (done) done = co_await live_.commit(limit_);
        if (!done) co_return done.error();
        co_return counts_;
    }

  private:
    awaitable<result<void>> run(std::string sql, params values) {
        auto const done = co_await live_.execute(std::move(sql), std::move(values), limit_);
        if (!done) co_return done.error();
        co_return result<void>{};
    }

    awaitable<result<void>> require_maintenance() {
        auto const held = co_await live_.execute(hold_maintenance, params(what_.job), limit_);
        if (!held) co_return held.error();
        if (!held->empty()) co_return result<void>{};
        co_return error{errc::conflict,
                        public_text{"the maintenance that this restore had begun was ended by somebody else; "
                                    "nothing was changed, start the restore again"}}
            .with_type("maintenance-lost");
    }

    awaitable<result<void>> bring_in(system_table const& table) {
        if (!lands_directly(table))
            if (auto const made = co_await live_.script(make_landing(table), limit_); !made) co_return made;
        auto const moved =
            co_await copy_rows(source_, read_rows(table), live_, write_rows(table), what_.may_go_on, limit_);
        if (moved.failure) {
            auto const& why = moved.failure->why;
            bool const unreadable =
                moved.failure->is_source && why.detail.find("SQLSTATE ") != std::string::npos;
            co_return unreadable || is_about_rows(why) ? unfit(table, why) : why;
        }
        counts_[std::string(table.name)] = moved.rows;
        if (lands_directly(table)) co_return result<void>{};
        auto const taken = co_await live_.execute(take_in(table), params{}, limit_);
        if (!taken) co_return is_about_rows(taken.error()) ? unfit(table, taken.error()) : taken.error();
        counts_[std::string(table.name)] = taken->affected();
        co_return result<void>{};
    }

    awaitable<result<void>> move_states() {
        auto done = co_await run(revoke_all_tokens, params(revocation_end(what_.token_life)));
        if (auto const& to = what_.target; done && to)
            done = co_await run(move_target, params(to->version, to->origin, to->size));
        if (auto const& to = what_.knowledge; done && to)
            done = co_await run(move_knowledge, params(to->collection, to->fingerprint, to->schema_version));
        if (done) done = co_await run(end_maintenance, params(what_.job));
        co_return done;
    }

    awaitable<result<void>> note() {
        auto entry = what_.entry;
        boost::json::object rows;
        for (auto const& [table, count] : counts_)
            rows[table] = count;
        if (auto* const given = entry.changes.if_object())
            (*given)["rows"] = std::move(rows);
        else
            entry.changes = boost::json::object{{"rows", std::move(rows)}};
        json_rows list;
        add_row(list, entry);
        co_return co_await run(add_audit_entries.sql, params(std::move(list).finish()));
    }

    session& live_;
    session& source_;
    flip const& what_;
    deadline limit_;
    row_counts counts_;
};

awaitable<result<void>> prepare_months(session& live, deadline limit) {
    auto const made = co_await live.execute("select vanna_ensure_partitions(2)", params{}, limit);
    if (!made) co_return made.error();
    co_return result<void>{};
}

}  // namespace

awaitable<result<row_counts>> restore_rows(address live, address scratch, flip what, deadline limit) {
    for (int number = 1;; ++number) {
        auto target = co_await session::open(live.with_statement_timeout({}), limit);
        if (!target) co_return target.error();
        auto source = co_await session::open(scratch.with_statement_timeout({}), limit);
        if (!source) co_return source.error();
        if (auto const made = co_await prepare_months(**target, limit); !made) co_return made.error();
        if (auto const begun = co_await (*source)->script(read_plainly, limit); !begun)
            co_return begun.error();
        attempt one(**target, **source, what, limit);
        auto outcome = co_await one.run();
        if (outcome || !was_in_the_way(outcome.error()) || number == most_attempts) co_return outcome;
        log::warn("a restore met another change and begins its transaction anew",
                  {{"attempt", std::to_string(number)}, {"error", outcome.error().detail}});
    }
}

awaitable<result<void>> wait_for_writers(address live, deadline limit) {
    auto on = co_await session::open(live.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    for (int number = 1;; ++number) {
        auto done = co_await (*on)->begin(limit);
        if (done) done = co_await (*on)->script(notice_a_hang_up, limit);
        if (done) done = co_await (*on)->script(lock_replaced_tables(), limit);
        auto const ended = co_await (*on)->rollback(limit);
        if (done) co_return ended;
        if (!was_in_the_way(done.error()) || number == most_attempts) co_return done;
    }
}

awaitable<result<bool>> settle_flip(address live, uuid job, uuid entry, deadline limit) {
    auto on = co_await session::open(live, limit);
    if (!on) co_return on.error();
    auto done = co_await (*on)->begin(limit);
    // A flip holds this row from its beginning to its end.
    if (done) done = co_await (*on)->script("select 1 from maintenance for update", limit);
    if (!done) co_return done.error();
    auto const found =
        co_await (*on)->execute("select 1 from audit_logs where id = $1::uuid", params(entry), limit);
    if (!found) co_return found.error();
    auto const ended = co_await (*on)->execute(end_maintenance, params(job), limit);
    if (!ended) co_return ended.error();
    if (auto const settled = co_await (*on)->commit(limit); !settled) co_return settled.error();
    co_return !found->empty();
}

}  // namespace vanna::postgres
