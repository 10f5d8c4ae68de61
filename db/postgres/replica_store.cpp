// The tables behind core/replica: one row each for the current target and collection, the live configuration,
// cancellations, and the target's schema over time. Triggers announce every change.
#include "db/postgres/json_rows.hpp"
#include "db/postgres/replica_state.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

// Old cancellations leave with new ones: nobody reads them after a minute.
constexpr statement add_cancellation{
    "add_cancellation",
    "with old as (delete from cancellations where query_id in (select query_id from cancellations where "
    "created_at < now() - interval '10 minutes' limit 100 for update skip locked)), recent as (select "
    "count(*) as n from cancellations where requested_by = $2::uuid and created_at > now() - interval "
    "'1 minute'), stored as (insert into cancellations (query_id, requested_by, by_admin) select $1::uuid, "
    "$2::uuid, $3::boolean from recent where n < $4::bigint on conflict (query_id) do update set "
    "requested_by = excluded.requested_by, by_admin = excluded.by_admin, created_at = now() where "
    "excluded.by_admin or not cancellations.by_admin) select n from recent"};
constexpr std::int64_t most_cancellations = 60;  // of one user, a minute
constexpr statement move_target_row{
    "move_target",
    "insert into target_state (target, version, origin, size, revision) select 'default', $1::text, "
    "$2::text, "
    "$3::bigint, 1 where $4::bigint = 0 or exists (select 1 from target_state where target = 'default') on "
    "conflict (target) do update set version = excluded.version, origin = excluded.origin, size = "
    "excluded.size, revision = target_state.revision + 1, updated_at = now() where target_state.revision = "
    "$4::bigint returning revision"};
constexpr statement move_knowledge_row{
    "move_knowledge",
    "insert into knowledge_state (target, collection, fingerprint, schema_version, revision) select "
    "'default', $1::text, $2::text, $3::text, 1 where $4::bigint = 0 or exists (select 1 from "
    "knowledge_state "
    "where target = 'default') on conflict (target) do update set collection = excluded.collection, "
    "fingerprint = excluded.fingerprint, schema_version = excluded.schema_version, revision = "
    "knowledge_state.revision + 1, updated_at = now() where knowledge_state.revision = $4::bigint returning "
    "revision"};
constexpr statement put_configuration_row{
    "put_configuration",
    "insert into configurations (id, key, value, description, is_secret) values ($1::uuid, $2::text, "
    "$3::text, $4::text, $5::boolean) on conflict (key) do update set value = excluded.value, description = "
    "excluded.description, is_secret = excluded.is_secret, updated_at = now()"};
constexpr statement remove_configuration_row{"remove_configuration",
                                             "delete from configurations where key = $1::text"};
constexpr statement set_maintenance_row{
    "set_maintenance",
    "insert into maintenance (active, reason, holder) values ($1::boolean, $2::text, $3::uuid) on conflict "
    "(id) do update set active = excluded.active, reason = excluded.reason, holder = excluded.holder, "
    "updated_at = now() where not maintenance.active or maintenance.holder is not distinct from $4::uuid"};
constexpr statement list_schema_versions{
    "list_schema_versions",
    "select id, target, version, schema, difference, created_at from schema_versions where target = $1::text "
    "and ($2::uuid is null or id < $2::uuid) order by id desc limit $3::bigint"};

constexpr char lock_schema[] =
    "select pg_advisory_xact_lock(hashtextextended('vanna schema ' || $1::text, 0))";
constexpr char newest_schema[] =
    "select schema::text = $2::text from schema_versions where target = $1::text order by id desc limit 1";
constexpr char add_schema[] =
    "insert into schema_versions (id, target, version, schema, difference) values ($1::uuid, $2::text, "
    "$3::text, $4::json, $5::json)";

error moved_already(char const* what) {
    return {errc::conflict, public_text{std::string(what) + " was moved by another replica in the meantime"}};
}

std::string storable_json(boost::json::value const& v) {
    json_rows text;
    text.row();
    text.field("v", v);
    auto out = std::move(text).finish();  // [{"v":…}]
    return out.substr(6, out.size() - 8);
}

class replica_store final : public replica::store {
  public:
    explicit replica_store(pool& on) : pool_(on) {}

    awaitable<result<replica::snapshot>> read(deadline limit) override {
        auto found = co_await read_snapshot(pool_, limit);
        if (!found) co_return found.error();
        co_return std::move(found->state);
    }

    awaitable<result<void>> request_cancel(replica::cancellation what, deadline limit) override {
        auto const done = co_await pool_.write(
            add_cancellation, params(what.query_id, what.requested_by, what.by_admin, most_cancellations),
            limit);
        if (!done) co_return done.error();
        if ((*done)[0].integer(0) >= most_cancellations)
            co_return error{errc::rate_limited,
                            public_text{"you have asked to cancel " + std::to_string(most_cancellations) +
                                        " queries within a minute, which is the limit"}}
                .with_retry(std::chrono::minutes(1));
        co_return result<void>{};
    }

    awaitable<result<replica::target_state>> move_target(replica::target_state to, std::int64_t expected,
                                                         deadline limit) override {
        auto const moved =
            co_await pool_.write(move_target_row, params(to.version, to.origin, to.size, expected), limit);
        if (!moved) co_return moved.error();
        if (moved->empty()) co_return moved_already("the current target");
        to.revision = (*moved)[0].integer(0);
        co_return to;
    }

    awaitable<result<replica::knowledge_state>> move_knowledge(replica::knowledge_state to,
                                                               std::int64_t expected,
                                                               deadline limit) override {
        auto const moved = co_await pool_.write(
            move_knowledge_row, params(to.collection, to.fingerprint, to.schema_version, expected), limit);
        if (!moved) co_return moved.error();
        if (moved->empty()) co_return moved_already("the current collection");
        to.revision = (*moved)[0].integer(0);
        co_return to;
    }

    awaitable<result<void>> put_configuration(replica::configuration_row row, deadline limit) override {
        auto const done =
            co_await pool_.write(put_configuration_row,
                                 params(new_id(), row.key, row.value, row.description, row.is_secret), limit);
        if (!done) co_return done.error();
        co_return result<void>{};
    }

    awaitable<result<void>> remove_configuration(std::string key, deadline limit) override {
        auto const done = co_await pool_.write(remove_configuration_row, params(key), limit);
        if (!done) co_return done.error();
        if (done->affected() == 0)
            co_return error{errc::not_found, public_text{"no live value of " + key + " is set"}};
        co_return result<void>{};
    }

    awaitable<result<void>> set_maintenance(replica::maintenance to, deadline limit) override {
        auto const holder = to.holder.is_nil() ? std::nullopt : std::optional(to.holder);
        auto const kept = to.active ? holder : std::nullopt;
        auto const done = co_await pool_.write(
            set_maintenance_row, params(to.active, to.active ? to.reason : "", kept, holder), limit);
        if (!done) co_return done.error();
        if (done->affected() == 0)
            co_return error{errc::conflict,
                            public_text{"maintenance is on for another holder; wait for its end"}};
        co_return result<void>{};
    }

    awaitable<result<bool>> record_schema(std::string target, std::string version, boost::json::value schema,
                                          boost::json::value difference, deadline limit) override {
        auto const text = storable_json(schema);
        auto const change = storable_json(difference);
        co_return co_await pool_.transaction(
            [&](session& on) -> awaitable<result<bool>> {
                if (auto const locked = co_await on.execute(lock_schema, params(target), limit); !locked)
                    co_return locked.error();
                auto const newest = co_await on.execute(newest_schema, params(target, text), limit);
                if (!newest) co_return newest.error();
                if (!newest->empty() && (*newest)[0].boolean(0)) co_return false;
                auto const added =
                    co_await on.execute(add_schema, params(new_id(), target, version, text, change), limit);
                if (!added) co_return added.error();
                co_return true;
            },
            limit);
    }

    awaitable<result<page<schema_version>>> schema_versions(std::string target, page_request which,
                                                            deadline limit) override {
        auto const found =
            co_await pool_.read(list_schema_versions, params(target, which.before, which.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<schema_version>(*found, which.limit, [](row const& r) {
            return schema_version{r.id(0), r.string(1), r.string(2), r.json(3), r.json(4), r.time(5)};
        });
    }

  private:
    pool& pool_;
};

}  // namespace

std::unique_ptr<replica::store> create_replica_store(pool& on) {
    return std::make_unique<replica_store>(on);
}

}  // namespace vanna::postgres
