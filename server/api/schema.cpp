#include "core/sql/schema.hpp"

#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

result<std::shared_ptr<sql::schema const>> current(context& c) {
    if (auto found = c.target.schema()) return found;
    auto const status = c.target.status();
    if (status.engine == "disabled")
        return error{errc::conflict, public_text{status.problem}}.with_type("target-disabled");
    return error{errc::unavailable,
                 public_text{status.problem.empty() ? "the schema has not been read yet" : status.problem}}
        .with_retry(std::chrono::seconds(2));
}

}  // namespace

awaitable<reply> get_schema(context& c, http::request&) {
    auto const schema = current(c);
    if (!schema) co_return schema.error();
    boost::json::array tables;
    for (auto const& t : (*schema)->tables)
        tables.push_back(view(t, false));
    co_return json_reply(200, boost::json::object{{"engine", (*schema)->engine},
                                                  {"version", (*schema)->version},
                                                  {"tables", std::move(tables)}});
}

awaitable<reply> get_table(context& c, http::request& r) {
    auto const schema = current(c);
    if (!schema) co_return schema.error();
    auto const name = r.parameter("table");
    for (auto const& t : (*schema)->tables)
        if (t.name == name) co_return json_reply(200, view(t, true));
    co_return error{errc::not_found, public_text{"there is no table or view of that name"}};
}

awaitable<reply> get_schema_history(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const versions = co_await c.replicas.schema_versions("default", *which, r.limit);
    if (!versions) co_return versions.error();
    co_return json_reply(200, view(*versions));
}

}  // namespace vanna::api
