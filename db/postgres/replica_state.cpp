#include "db/postgres/replica_state.hpp"

namespace vanna::postgres {
namespace {

constexpr statement fingerprint_now{"replica_fingerprint", "select vanna_fingerprint()"};

// One statement, hence one moment. Times travel as text of this session, which is UTC.
constexpr statement snapshot_now{
    "replica_snapshot",
    "select vanna_fingerprint(), (select coalesce(json_agg(json_build_array(id, family_id, user_id, "
    "least_epoch, expires_at)), '[]') from revocations where expires_at > now()), (select "
    "coalesce(json_agg(json_build_array(query_id, requested_by, by_admin)), '[]') from cancellations where "
    "created_at > now() - interval '1 minute'), (select coalesce(json_agg(json_build_array(key, value, "
    "description, is_secret, updated_at) order by key), '[]') from configurations), (select "
    "json_build_array(version, origin, size, revision) from target_state where target = 'default'), (select "
    "json_build_array(collection, fingerprint, schema_version, revision, updated_at) from knowledge_state "
    "where target = "
    "'default'), (select json_build_array(active, reason, holder) from maintenance)"};

using boost::json::value;

uuid id_of(value const& v) {
    return parse_uuid(v.as_string()).value_or(uuid{});
}

std::optional<uuid> maybe_id_of(value const& v) {
    return v.is_null() ? std::nullopt : std::optional(id_of(v));
}

std::string text_of(value const& v) {
    return std::string(std::string_view(v.as_string()));
}

instant time_of(value const& v) {
    return parse_rfc3339(v.as_string()).value_or(instant{});
}

// Calls `each` with every element of an array in column `number`.
template <class F>
void for_each(row const& r, int number, F each) {
    auto const list = r.json(number);
    for (auto const& v : list.as_array())
        each(v);
}

replica::snapshot read(row const& r) {
    replica::snapshot out;
    for_each(r, 1, [&](value const& v) {
        out.revocations.push_back({.id = id_of(v.at(0)),
                                   .family_id = maybe_id_of(v.at(1)),
                                   .user_id = maybe_id_of(v.at(2)),
                                   .least_epoch = v.at(3).to_number<std::int64_t>(),
                                   .expires_at = time_of(v.at(4))});
    });
    for_each(r, 2, [&](value const& v) {
        out.cancellations.push_back({id_of(v.at(0)), id_of(v.at(1)), v.at(2).as_bool()});
    });
    for_each(r, 3, [&](value const& v) {
        out.configuration.push_back(
            {text_of(v.at(0)), text_of(v.at(1)), text_of(v.at(2)), v.at(3).as_bool(), time_of(v.at(4))});
    });
    if (auto const v = r.json(4); !v.is_null())
        out.target = {text_of(v.at(0)), text_of(v.at(1)), v.at(2).to_number<std::uint64_t>(),
                      v.at(3).to_number<std::int64_t>()};
    if (auto const v = r.json(5); !v.is_null())
        out.knowledge = {text_of(v.at(0)), text_of(v.at(1)), text_of(v.at(2)),
                         v.at(3).to_number<std::int64_t>(), time_of(v.at(4))};
    if (auto const v = r.json(6); !v.is_null())
        out.maintenance = {v.at(0).as_bool(), text_of(v.at(1)), maybe_id_of(v.at(2)).value_or(uuid{})};
    return out;
}

}  // namespace

awaitable<result<std::string>> read_fingerprint(pool& on, deadline limit) {
    auto const found = co_await on.read(fingerprint_now, params{}, limit);
    if (!found) co_return found.error();
    co_return (*found)[0].string(0);
}

awaitable<result<marked_snapshot>> read_snapshot(pool& on, deadline limit) {
    auto const found = co_await on.read(snapshot_now, params{}, limit);
    if (!found) co_return found.error();
    auto const only = (*found)[0];
    co_return marked_snapshot{read(only), only.string(0)};
}

}  // namespace vanna::postgres
