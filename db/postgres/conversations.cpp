#include "db/postgres/conversations.hpp"

#include "core/ask/conversations.hpp"
#include "db/postgres/json_rows.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

constexpr statement last_turns{
    "conversation_turns",
    "select c.user_id = $2::uuid, q.id, q.question, q.sql from conversations c left join lateral (select id, "
    "question, sql from queries where conversation_id = c.id and user_id = c.user_id and question <> '' and "
    "status = 'success' order by id desc limit $3::bigint) q on true where c.id = $1::uuid order by q.id "
    "desc"};
constexpr statement touch_row{
    "touch_conversation",
    "insert into conversations (id, user_id, title) values ($1::uuid, $2::uuid, $3::text) on conflict (id) "
    "do update set updated_at = now() where conversations.user_id = excluded.user_id returning id"};
#define CONVERSATION_COLUMNS "id, user_id, title, created_at, updated_at"
constexpr statement page_of_conversations{
    "page_of_conversations",
    "select " CONVERSATION_COLUMNS
    " from conversations where user_id = $1::uuid and ($2::uuid is null or id < $2::uuid) order by id desc "
    "limit $3::bigint"};
constexpr statement conversation_row{"conversation_by_id",
                                     "select " CONVERSATION_COLUMNS
                                     " from conversations where id = $1::uuid and user_id = $2::uuid"};
constexpr statement remove_conversation{
    "remove_conversation",
    "with gone as (delete from conversations where id = $1::uuid and user_id = $2::uuid returning id), left_ "
    "as (update queries set conversation_id = null where conversation_id in (select id from gone)) select id "
    "from gone"};
// Rows in the order of their ids, so that workers committing at the same moment do not deadlock. The title is
// that of the earliest question, whichever worker's records come first.
constexpr statement own_or_begin{
    "own_conversations",
    "with asked as (select * from json_to_recordset($1::json) as b(id uuid, user_id uuid, title text, moment "
    "timestamptz, fresh boolean, place bigint)), begun as (insert into conversations (id, user_id, title, "
    "created_at, "
    "updated_at) select distinct on (a.id) a.id, a.user_id, a.title, a.moment, a.moment from asked a join "
    "users u on u.id = a.user_id where a.fresh order by a.id, a.moment, a.place on conflict (id) do "
    "update set updated_at = greatest(conversations.updated_at, excluded.updated_at), title = case when "
    "excluded.created_at < conversations.created_at then excluded.title else conversations.title end, "
    "created_at = least(conversations.created_at, excluded.created_at) where "
    "conversations.user_id = excluded.user_id returning id, user_id) select id, user_id from begun union "
    "select "
    "c.id, c.user_id from conversations c join asked a on a.id = c.id and a.user_id = c.user_id"};

error no_such_conversation() {
    return {errc::not_found, public_text{"there is no such conversation"}};
}

ask::conversation read_conversation(row const& r) {
    return {.id = r.id(0),
            .user_id = r.id(1),
            .title = r.string(2),
            .created_at = r.time(3),
            .updated_at = r.time(4)};
}

class conversations final : public ask::conversation_store {
  public:
    explicit conversations(pool& on) : pool_(on) {}

    awaitable<result<std::vector<ask::past_turn>>> turns(uuid id, uuid user, std::size_t most,
                                                         deadline limit) override {
        auto const found = co_await pool_.read(last_turns, params(id, user, most), limit);
        if (!found) co_return found.error();
        if (found->empty() || !(*found)[0].boolean(0)) co_return no_such_conversation();
        std::vector<ask::past_turn> out;
        for (int i = 0; i < found->size(); ++i)
            if (auto const r = (*found)[i]; !r.is_null(1)) out.push_back({r.id(1), r.string(2), r.string(3)});
        co_return out;
    }

    awaitable<result<void>> touch(ask::conversation of, deadline limit) override {
        auto const done = co_await pool_.write(touch_row, params(of.id, of.user_id, of.title), limit);
        if (!done) co_return done.error();
        if (done->empty()) co_return no_such_conversation();
        co_return result<void>{};
    }

    awaitable<result<page<ask::conversation>>> list(uuid user, page_request which, deadline limit) override {
        auto const found =
            co_await pool_.read(page_of_conversations, params(user, which.before, which.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<ask::conversation>(*found, which.limit, read_conversation);
    }

    awaitable<result<ask::conversation>> get(uuid id, uuid user, deadline limit) override {
        auto const found = co_await pool_.read(conversation_row, params(id, user), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return no_such_conversation();
        co_return read_conversation((*found)[0]);
    }

    awaitable<result<void>> remove(uuid id, uuid user, deadline limit) override {
        auto const gone = co_await pool_.write(remove_conversation, params(id, user), limit);
        if (!gone) co_return gone.error();
        if (gone->empty()) co_return no_such_conversation();
        co_return result<void>{};
    }

  private:
    pool& pool_;
};

}  // namespace

std::unique_ptr<ask::conversation_store> create_conversation_store(pool& on) {
    return std::make_unique<conversations>(on);
}

awaitable<result<owned_conversations>> own_conversations(pool& on, std::vector<query::record> const& batch,
                                                         deadline limit) {
    owned_conversations out;
    json_rows named;
    for (auto const& r : batch) {
        if (r.is_audit_only || !r.conversation_id) continue;
        named.row();
        named.field("id", *r.conversation_id);
        named.field("user_id", r.user_id);
        named.field("title", ask::title_of(r.question));
        named.field("moment", r.created_at);
        named.field("place", named.size());
        named.field("fresh", ask::may_begin(*r.conversation_id, r.created_at));
    }
    if (named.size() == 0) co_return out;
    auto const found = co_await on.write(own_or_begin, params(std::move(named).finish()), limit);
    if (!found) co_return found.error();
    for (int i = 0; i < found->size(); ++i)
        out.emplace((*found)[i].id(0), (*found)[i].id(1));
    co_return out;
}

}  // namespace vanna::postgres
