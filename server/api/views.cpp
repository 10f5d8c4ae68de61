#include "server/api/views.hpp"

#include "core/json_values.hpp"

namespace vanna::api {
namespace {

namespace json = boost::json;

json::value parsed(std::string const& text) {
    if (text.empty()) return nullptr;
    boost::system::error_code ec;
    auto v = json::parse(text, ec);
    return ec ? json::value(text) : v;
}

json::array strings(std::vector<std::string> const& all) {
    json::array out;
    for (auto const& s : all)
        out.emplace_back(s);
    return out;
}

}  // namespace

json::object view(auth::user const& u) {
    return {{"id", to_string(u.id)},
            {"email", u.email},
            {"full_name", u.full_name},
            {"role", to_string(u.role)},
            {"is_active", u.is_active},
            {"last_login", or_null(u.last_login)},
            {"last_query_at", or_null(u.last_query_at)},
            {"created_at", to_rfc3339(u.created_at)},
            {"updated_at", to_rfc3339(u.updated_at)}};
}

json::object view(query::record const& r) {
    return {{"id", to_string(r.id)},
            {"user_id", r.user_id.is_nil() ? json::value(nullptr) : json::value(to_string(r.user_id))},
            {"conversation_id", or_null(r.conversation_id)},
            {"target", r.target},
            {"question", or_null(r.question)},
            {"sql", r.sql},
            {"params", parsed(r.params)},
            {"generator", or_null(r.generator)},
            {"status", to_string(r.status)},
            {"error", or_null(r.error)},
            {"result_count", r.result_count},
            {"duration_ms", double(r.duration_us) / 1000},
            {"truncated", r.truncated},
            {"cached", r.cached},
            {"target_version", or_null(r.target_version)},
            {"created_at", to_rfc3339(r.created_at)},
            {"executed_at", to_rfc3339(r.executed_at)}};
}

json::object view(query::feedback const& f) {
    return {{"id", to_string(f.id)},
            {"query_id", to_string(f.query_id)},
            {"user_id", to_string(f.user_id)},
            {"rating", f.rating},
            {"comment", f.comment},
            {"created_at", to_rfc3339(f.created_at)}};
}

json::object view(audit::entry const& e) {
    return {{"id", to_string(e.id)},      {"user_id", or_null(e.user_id)},
            {"email", e.email},           {"action", e.action},
            {"resource", e.resource},     {"changes", e.changes},
            {"request_id", e.request_id}, {"ip", e.ip},
            {"status", e.status},         {"timestamp", to_rfc3339(e.timestamp)}};
}

json::object view(ask::term const& t) {
    return {{"id", to_string(t.id)},           {"term_name", t.name},          {"description", t.description},
            {"synonyms", strings(t.synonyms)}, {"data_source", t.data_source}, {"owner", t.owner}};
}

json::object view(ask::example const& e) {
    return {{"id", to_string(e.id)},
            {"question", e.question},
            {"sql", e.sql},
            {"state", e.state},
            {"proposed_by", e.proposed_by},
            {"approved_by", or_null(e.approved_by)},
            {"approved_at", or_null(e.approved_at)},
            {"created_at", to_rfc3339(e.created_at)},
            {"columns", e.columns.empty() ? json::value(nullptr) : json::value(strings(e.columns))},
            {"checked_at", or_null(e.checked_at)},
            {"checked_version", or_null(e.checked_version)},
            {"problem", or_null(e.problem)}};
}

json::object view(ask::conversation const& c) {
    return {{"id", to_string(c.id)},
            {"title", c.title},
            {"created_at", to_rfc3339(c.created_at)},
            {"updated_at", to_rfc3339(c.updated_at)}};
}

json::object view(jobs::job const& j) {
    return {{"id", to_string(j.id)},
            {"type", j.type},
            {"state", to_string(j.state)},
            {"progress", j.progress},
            {"stage", j.stage},
            {"error", or_null(j.error)},
            {"requested_by", j.requested_by},
            {"subject", or_null(j.subject)},
            {"result", parsed(j.result)},
            {"created_at", to_rfc3339(j.created_at)},
            {"started_at", or_null(j.started_at)},
            {"finished_at", or_null(j.finished_at)},
            {"revision", j.revision}};
}

json::object view(replica::configuration_row const& r) {
    return {{"key", r.key},
            {"value", r.is_secret ? json::value(nullptr) : json::value(r.value)},
            {"description", r.description},
            {"is_secret", r.is_secret},
            {"updated_at", to_rfc3339(r.updated_at)}};
}

json::object view(replica::store::schema_version const& v) {
    return {{"id", to_string(v.id)},
            {"target", v.target},
            {"version", v.version},
            {"difference", v.difference},
            {"created_at", to_rfc3339(v.created_at)}};
}

json::object view(sql::table const& t, bool with_columns) {
    json::object out{{"name", t.name},
                     {"type", t.is_view ? "view" : "table"},
                     {"row_count", t.row_count ? json::value(*t.row_count) : json::value(nullptr)}};
    if (!t.problem.empty()) out["problem"] = t.problem;
    if (!with_columns) {
        out["column_count"] = t.columns.size();
        return out;
    }
    out["ddl"] = t.ddl;
    json::array columns, keys;
    for (auto const& c : t.columns)
        columns.push_back(json::object{{"name", c.name},
                                       {"type", c.type},
                                       {"not_null", c.not_null},
                                       {"primary_key", c.primary_key},
                                       {"generated", c.generated}});
    for (auto const& k : t.foreign_keys)
        keys.push_back(json::object{
            {"columns", strings(k.columns)}, {"table", k.table}, {"references", strings(k.references)}});
    out["columns"] = std::move(columns);
    out["foreign_keys"] = std::move(keys);
    out["indexes"] = strings(t.indexes);
    return out;
}

}  // namespace vanna::api
