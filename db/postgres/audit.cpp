// The table audit_logs.
#include "core/audit/entry.hpp"
#include "db/postgres/audit_rows.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

// Times bound the ids too, which lets whole partitions be left out; a day's slack, since ids are made before
// their entry is written and clients may choose those of queries.
constexpr statement list_entries{
    "list_audit_entries",
    "select id, user_id, email, action, resource, changes, request_id, ip, status, timestamp from audit_logs "
    "where ($1::uuid is null or id < $1::uuid) and ($2::uuid is null or user_id = $2::uuid) and ($3::text = "
    "'' or lower(email) = lower($3::text)) and starts_with(action, $4::text) and starts_with(resource, "
    "$5::text) and ($6::text = '' or status = $6::text) and ($7::timestamptz is null or timestamp >= "
    "$7::timestamptz) and ($8::timestamptz is null or timestamp < $8::timestamptz) and id >= "
    "coalesce(vanna_first_id($7::timestamptz - interval '1 day'), "
    "'00000000-0000-0000-0000-000000000000'::uuid) and id <= coalesce(vanna_first_id($8::timestamptz + "
    "interval '1 day'), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) order by id desc limit $9::bigint"};

audit::entry read_entry(row const& r) {
    return {.id = r.id(0),
            .user_id = r.maybe_id(1),
            .email = r.string(2),
            .action = r.string(3),
            .resource = r.string(4),
            .changes = r.json(5),
            .request_id = r.string(6),
            .ip = r.string(7),
            .status = r.string(8),
            .timestamp = r.time(9)};
}

class audit_trail final : public audit::store {
  public:
    explicit audit_trail(pool& on) : pool_(on) {}

    awaitable<result<void>> append(std::vector<audit::entry> entries, deadline limit) override {
        if (entries.empty()) co_return result<void>{};
        json_rows list;
        for (auto const& e : entries)
            add_row(list, e);
        auto const done = co_await pool_.write(add_audit_entries, params(std::move(list).finish()), limit);
        if (!done) co_return done.error();
        co_return result<void>{};
    }

    awaitable<result<page<audit::entry>>> list(audit::filter which, page_request page,
                                               deadline limit) override {
        auto const found =
            co_await pool_.read(list_entries,
                                params(page.before, which.user_id, which.email, which.action, which.resource,
                                       which.status, which.from, which.to, page.limit + 1),
                                limit);
        if (!found) co_return found.error();
        co_return read_page<audit::entry>(*found, page.limit, read_entry);
    }

  private:
    pool& pool_;
};

}  // namespace

constinit statement const add_audit_entries{
    "add_audit_entries",
    "insert into audit_logs (id, user_id, email, action, resource, changes, request_id, ip, status, "
    "timestamp) select id, user_id, email, action, resource, changes, request_id, ip, status, timestamp from "
    "json_to_recordset($1::json) as e(id uuid, user_id uuid, email text, action text, resource text, changes "
    "jsonb, request_id text, ip text, status text, timestamp timestamptz) on conflict (id) do nothing"};

void add_row(json_rows& list, audit::entry const& e) {
    list.row();
    list.field("id", e.id);
    list.field("user_id", e.user_id);
    list.field("email", e.email);
    list.field("action", e.action);
    list.field("resource", e.resource);
    list.field("changes", e.changes);
    list.field("request_id", e.request_id);
    list.field("ip", e.ip);
    list.field("status", e.status);
    list.field("timestamp", e.timestamp);
}

std::unique_ptr<audit::store> create_audit_store(pool& on) {
    return std::make_unique<audit_trail>(on);
}

}  // namespace vanna::postgres
