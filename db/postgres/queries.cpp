// The tables queries and feedback, and the commit of query records.
#include <unordered_set>

#include "db/postgres/audit_rows.hpp"
#include "db/postgres/conversations.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

#define BATCH_COLUMNS                                                                                        \
    "key uuid, id uuid, user_id uuid, email text, conversation_id uuid, target text, action text, question " \
    "text, sql text, params text, generator text, status text, error text, result_count bigint, "            \
    "duration_ms float8, truncated boolean, cached boolean, target_version text, created_at timestamptz, "   \
    "executed_at timestamptz, request_id text, ip text, audit_status text, note uuid"
#define BATCH                                                                                         \
    "with batch as materialized (select b.*, u.id as known_user from json_to_recordset($1::json) as " \
    "b(" BATCH_COLUMNS ") left join users u on u.id = b.user_id)"
#define INSERT_INTO_QUERIES                                                                                \
    "insert into queries (id, record_key, user_id, conversation_id, target, question, sql, params, "       \
    "generator, status, error, result_count, duration_ms, truncated, cached, target_version, created_at, " \
    "executed_at)"
#define BATCH_VALUES                                                                              \
    "key, known_user, conversation_id, target, question, sql, params, generator, status, error, " \
    "result_count, duration_ms, truncated, cached, target_version, created_at, executed_at"

// Everything of a batch whose id is free, with its audit entries and last_query_at. Users are locked in the
// order of their ids, so that workers committing at the same moment do not deadlock.
constexpr statement store_records{
    "store_records", BATCH
    ", stored as (" INSERT_INTO_QUERIES " select id, " BATCH_VALUES
    " from batch on conflict (id) do nothing returning record_key), audited as (insert into audit_logs (id, "
    "user_id, email, action, resource, request_id, ip, status, timestamp) select b.key, b.user_id, b.email, "
    "b.action, 'queries/' || b.id, b.request_id, b.ip, b.audit_status, b.executed_at from batch b join "
    "stored "
    "s on s.record_key = b.key on conflict (id) do nothing), beside as (insert into audit_logs (id, user_id, "
    "email, action, resource, changes, request_id, ip, status, timestamp) select id, user_id, email, action, "
    "resource, changes, request_id, ip, status, timestamp from json_to_recordset($2::json) as e(id uuid, "
    "user_id uuid, email text, action text, resource text, changes jsonb, request_id text, ip text, status "
    "text, timestamp timestamptz) on conflict (id) do nothing), latest as (select b.known_user, "
    "max(b.executed_at) as moment from batch b join stored s on s.record_key = b.key where b.known_user is "
    "not null group by 1), locked as (select u.id from users u where u.id in (select known_user from latest) "
    "order by u.id for no key update), touched as (update users u set last_query_at = l.moment from latest l "
    "join locked k on k.id = l.known_user where u.id = l.known_user and (u.last_query_at is null or "
    "u.last_query_at < l.moment)) select record_key from stored"};

// What store_records left: replays, which are there already, and records under an id that another record
// took. Those get their own key as id, and the trail says so. A statement of its own, since it must see what
// was committed while the first one waited.
constexpr statement store_displaced{
    "store_displaced", BATCH
    ", fresh as (select b.* from batch b where not exists (select 1 from queries q where q.id in (b.id, "
    "b.key) and q.record_key = b.key)), stored as (" INSERT_INTO_QUERIES " select key, " BATCH_VALUES
    " from fresh on conflict (id) do nothing returning record_key), audited as (insert into audit_logs (id, "
    "user_id, email, action, resource, request_id, ip, status, timestamp) select f.key, f.user_id, f.email, "
    "f.action, 'queries/' || f.key, f.request_id, f.ip, f.audit_status, f.executed_at from fresh f join "
    "stored s on s.record_key = f.key on conflict (id) do nothing), noted as (insert into audit_logs (id, "
    "user_id, email, action, resource, changes, request_id, ip, status, timestamp) select f.note, f.user_id, "
    "f.email, 'query.id-taken', 'queries/' || f.key, jsonb_build_object('wanted_id', f.id, 'stored_as', "
    "f.key), f.request_id, f.ip, 'failure', now() from fresh f join stored s on s.record_key = f.key on "
    "conflict (id) do nothing) select record_key from stored"};

#define QUERY_COLUMNS                                                                                     \
    "q.record_key, q.id, q.user_id, u.email, q.conversation_id, q.target, q.question, q.sql, q.params, "  \
    "q.generator, q.status, q.error, q.result_count, round(q.duration_ms * 1000)::bigint, q.truncated, "  \
    "q.cached, q.target_version, q.created_at, q.executed_at from queries q left join users u on u.id = " \
    "q.user_id"

constexpr statement query_exists{"query_exists", "select 1 from queries where id = $1::uuid"};
constexpr statement query_by_id{"query_by_id", "select " QUERY_COLUMNS " where q.id = $1::uuid"};
constexpr statement list_queries{
    "list_queries", "select " QUERY_COLUMNS
                    " where ($1::uuid is null or q.id < $1::uuid) and ($2::text = '' or q.status "
                    "= $2::text) order by q.id desc limit $3::bigint"};
constexpr statement list_queries_of{
    "list_queries_of",
    "select " QUERY_COLUMNS
    " where q.user_id = $4::uuid and ($1::uuid is null or q.id < $1::uuid) and ($2::text = '' or q.status = "
    "$2::text) order by q.id desc limit $3::bigint"};
constexpr statement list_queries_in{
    "list_queries_in",
    "select " QUERY_COLUMNS
    " where q.conversation_id = $5::uuid and q.user_id = $4::uuid and ($1::uuid is null or q.id < $1::uuid) "
    "and ($2::text = '' or q.status = $2::text) order by q.id desc limit $3::bigint"};
constexpr statement give_feedback_row{
    "give_feedback",
    "insert into feedback (id, query_id, user_id, rating, comment) select $1::uuid, q.id, $3::uuid, $4::int, "
    "$5::text from queries q where q.id = $2::uuid on conflict (query_id, user_id) do update set rating = "
    "excluded.rating, comment = excluded.comment, created_at = now() returning id, created_at"};

constexpr std::int64_t longest_us = 1'000'000'000'000'000;  // 31 years: exact as a double, and back

std::string_view audit_status(query::status s) {
    if (s == query::status::success) return "success";
    return s == query::status::refused ? "denied" : "failure";
}

// A conversation that is not the user's own is not named.
void add_row(json_rows& list, query::record const& r, owned_conversations const& own) {
    bool const is_own = r.conversation_id && own.contains({*r.conversation_id, r.user_id});
    list.row();
    list.field("key", r.key);
    list.field("id", r.id);
    // Who works on the command line is no user.
    list.field("user_id", r.user_id.is_nil() ? std::nullopt : std::optional(r.user_id));
    list.field("email", r.email);
    list.field("conversation_id", is_own ? r.conversation_id : std::nullopt);
    list.field("target", r.target);
    list.field("action", r.action);
    list.field("question", r.question);
    list.field("sql", r.sql);
    list.field("params", r.params);
    list.field("generator", r.generator);
    list.field("status", to_string(r.status));
    list.field("error", r.error);
    list.field("result_count", r.result_count);
    list.field("duration_ms", double(std::clamp<std::int64_t>(r.duration_us, 0, longest_us)) / 1000);
    list.field("truncated", r.truncated);
    list.field("cached", r.cached);
    list.field("target_version", r.target_version);
    list.field("created_at", r.created_at);
    list.field("executed_at", r.executed_at);
    list.field("request_id", r.request_id);
    list.field("ip", r.ip);
    list.field("audit_status", audit_status(r.status));
    list.field("note", new_id());
}

query::record read_record(row const& r) {
    query::record out{.key = r.id(0),
                      .id = r.id(1),
                      .user_id = r.maybe_id(2).value_or(uuid{}),
                      .email = r.string(3),
                      .conversation_id = r.maybe_id(4),
                      .target = r.string(5),
                      .question = r.string(6),
                      .sql = r.string(7),
                      .params = r.string(8),
                      .generator = r.string(9),
                      .status = query::parse_status(r.text(10)).value_or(query::status::error),
                      .error = r.string(11),
                      .result_count = r.integer(12),
                      .duration_us = r.integer(13),
                      .truncated = r.boolean(14),
                      .cached = r.boolean(15),
                      .target_version = r.string(16),
                      .created_at = r.time(17),
                      .executed_at = r.time(18)};
    out.action = out.question.empty() ? "query.run" : "query.ask";
    return out;
}

class queries final : public query::store {
  public:
    explicit queries(pool& on) : pool_(on) {}

    awaitable<result<std::size_t>> commit(std::vector<query::record> batch, deadline limit) override {
        // A user who is deleted between the look and the insert breaks the reference; the next look knows.
        for (int attempt = 0;; ++attempt) {
            auto stored = co_await store(batch, limit);
            if (stored || stored.error().code != errc::conflict || attempt == 3) co_return stored;
        }
    }

    awaitable<result<bool>> exists(uuid id, deadline limit) override {
        auto const found = co_await pool_.read(query_exists, params(id), limit);
        if (!found) co_return found.error();
        co_return !found->empty();
    }

    awaitable<result<query::record>> get(uuid id, deadline limit) override {
        auto const found = co_await pool_.read(query_by_id, params(id), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return no_such_query();
        co_return read_record((*found)[0]);
    }

    awaitable<result<page<query::record>>> list(query::history_filter which, page_request page,
                                                deadline limit) override {
        params values(page.before, which.status, page.limit + 1);
        if (which.user_id) values.add(*which.user_id);
        if (which.user_id && which.conversation_id) values.add(*which.conversation_id);
        auto const& statement = !which.user_id          ? list_queries
                                : which.conversation_id ? list_queries_in
                                                        : list_queries_of;
        auto const found = co_await pool_.read(statement, std::move(values), limit);
        if (!found) co_return found.error();
        co_return read_page<query::record>(*found, page.limit, read_record);
    }

    awaitable<result<query::feedback>> give_feedback(query::feedback given, deadline limit) override {
        if (given.id.is_nil()) given.id = new_id();
        auto const stored = co_await pool_.write(
            give_feedback_row, params(given.id, given.query_id, given.user_id, given.rating, given.comment),
            limit);
        if (!stored) co_return stored.error();
        if (stored->empty()) co_return no_such_query();
        given.id = (*stored)[0].id(0);
        given.created_at = (*stored)[0].time(1);
        co_return given;
    }

  private:
    static error no_such_query() { return {errc::not_found, public_text{"no such query"}}; }

    awaitable<result<std::size_t>> store(std::vector<query::record> const& batch, deadline limit) {
        auto const own = co_await own_conversations(pool_, batch, limit);
        if (!own) co_return own.error();
        json_rows records, entries;
        for (auto const& r : batch) {
            if (!r.is_audit_only) add_row(records, r, *own);
            if (r.audit) postgres::add_row(entries, *r.audit);
        }
        auto const wanted = records.size();
        if (wanted + entries.size() == 0) co_return std::size_t(0);
        auto const stored = co_await pool_.write(
            store_records, params(std::move(records).finish(), std::move(entries).finish()), limit);
        if (!stored) co_return stored.error();
        auto count = std::size_t(stored->size());
        if (count == wanted) co_return count;

        std::unordered_set<uuid> done;
        for (int i = 0; i < stored->size(); ++i)
            done.insert((*stored)[i].id(0));
        json_rows displaced;
        for (auto const& r : batch)
            if (!r.is_audit_only && !done.contains(r.key)) add_row(displaced, r, *own);
        auto const more = co_await pool_.write(store_displaced, params(std::move(displaced).finish()), limit);
        if (!more) co_return more.error();
        co_return count + std::size_t(more->size());
    }

    pool& pool_;
};

}  // namespace

std::unique_ptr<query::store> create_query_store(pool& on) {
    return std::make_unique<queries>(on);
}

}  // namespace vanna::postgres
