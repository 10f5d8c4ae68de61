#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

result<audit::filter> filter_of(http::request const& r) {
    audit::filter out;
    error wrong{errc::invalid_input, public_text{"the filter is not valid: see errors"}};
    auto const time = [&](std::string_view name, std::optional<instant>& into) {
        auto const text = r.query(name);
        if (!text) return;
        into = parse_rfc3339(*text);
        if (!into)
            wrong.fields.push_back({std::string(name), "expected a time such as 2026-01-31T00:00:00Z"});
    };
    if (auto const id = r.query("user_id")) {
        out.user_id = parse_uuid(*id);
        if (!out.user_id) wrong.fields.push_back({"user_id", "expected a UUID"});
    }
    out.email = r.query("email").value_or("");
    out.action = r.query("action").value_or("");
    out.resource = r.query("resource").value_or("");
    out.status = r.query("status").value_or("");
    time("from", out.from);
    time("to", out.to);
    if (!wrong.fields.empty()) return wrong;
    return out;
}

}  // namespace

awaitable<reply> list_audit_logs(context& c, http::request& r) {
    auto const which = filter_of(r);
    if (!which) co_return which.error();
    auto page = page_of(r);
    if (!page) co_return page.error();
    auto const format = r.query("format").value_or("json");
    if (format != "json" && format != "ndjson")
        co_return error{errc::invalid_input, public_text{"the format is not known"}}.with_field(
            "format", "expected json or ndjson");
    note(c, entry_of(r, "audit_logs.list", "audit_logs", "success"));
    if (format == "json") {
        auto const found = co_await c.audit.list(*which, *page, r.limit);
        if (!found) co_return found.error();
        co_return json_reply(200, view(*found));
    }
    // The export walks the pages while the client reads: bounded memory, any length.
    page->limit = 200;
    co_return http::stream_response(
        "application/x-ndjson",
        [&c, filter = *which, at = *page,
         done = false]() mutable -> awaitable<result<std::optional<std::string>>> {
            if (done) co_return std::optional<std::string>{};
            auto const found = co_await c.audit.list(filter, at, after(std::chrono::seconds(10)));
            if (!found) co_return found.error();
            std::string lines;
            for (auto const& e : found->items)
                lines += boost::json::serialize(view(e)) + "\n";
            at.before = found->next;
            done = !found->next;
            if (lines.empty()) co_return std::optional<std::string>{};
            co_return std::optional(std::move(lines));
        },
        after(std::chrono::minutes(30)));
}

}  // namespace vanna::api
