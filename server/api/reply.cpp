#include "server/api/reply.hpp"

#include <charconv>

#include "core/log.hpp"
#include "server/api/views.hpp"

namespace vanna::api {

reply json_reply(unsigned status, boost::json::value const& body) {
    return reply(boost::json::serialize(body), status);
}

reply created(std::string location, boost::json::value const& body) {
    return json_reply(201, body).with("location", std::move(location));
}

reply accepted(jobs::job const& job, std::string status_url) {
    boost::json::object const body{{"task_id", to_string(job.id)}, {"status_url", status_url}};
    return json_reply(202, body).with("location", std::move(status_url));
}

reply events_reply(std::unique_ptr<http::body_source> from) {
    reply out;
    out.content_type = "text/event-stream";
    out.headers = {{"cache-control", "no-store"}, {"x-accel-buffering", "no"}};
    out.stream = std::move(from);
    return out;
}

bool wants_events(http::request const& r) {
    return r.header("accept").find("text/event-stream") != std::string_view::npos;
}

result<uuid> path_id(http::request const& r) {
    if (auto const id = parse_uuid(r.parameter("id"))) return *id;
    return error{errc::not_found, public_text{"there is nothing under that id"}};
}

result<std::size_t> limit_of(http::request const& r) {
    std::size_t out = page_request{}.limit;
    auto const text = r.query("limit");
    if (!text) return out;
    auto const [end, ec] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (ec == std::errc{} && end == text->data() + text->size() && out >= 1 && out <= 200) return out;
    return error{errc::invalid_input, public_text{"the page is not valid: see errors"}}.with_field(
        "limit", "expected a whole number from 1 to 200");
}

result<page_request> page_of(http::request const& r) {
    page_request out;
    error wrong{errc::invalid_input, public_text{"the page is not valid: see errors"}};
    if (auto const limit = limit_of(r))
        out.limit = *limit;
    else
        wrong.fields = limit.error().fields;
    if (auto const text = r.query("cursor")) {
        out.before = parse_uuid(*text);
        if (!out.before) wrong.fields.push_back({"cursor", "expected the next_cursor of an earlier page"});
    }
    if (!wrong.fields.empty()) return wrong;
    return out;
}

result<void> confirmed(http::request const& r) {
    if (r.query("confirm") == "true") return {};
    return error{errc::bad_request, public_text{"this cannot be undone; add ?confirm=true to do it"}}
        .with_type("confirmation-required");
}

query::asker asker_of(http::request const& r) {
    return {.who = who(r), .request_id = std::string(r.id()), .ip = std::string(r.remote())};
}

std::shared_ptr<sql::stop_flag> stop_flag_of(http::request& r) {
    auto flag = std::make_shared<sql::stop_flag>();
    r.on_disconnect(flag);
    return flag;
}

audit::entry entry_of(http::request const& r, std::string action, std::string resource, std::string status,
                      boost::json::value changes) {
    audit::entry out{.action = std::move(action),
                     .resource = std::move(resource),
                     .changes = std::move(changes),
                     .request_id = std::string(r.id()),
                     .ip = std::string(r.remote()),
                     .status = std::move(status)};
    if (r.principal) {
        out.user_id = r.principal->user_id;
        out.email = r.principal->email;
    }
    return out;
}

audit::entry entry_of(query::asker const& by, std::string action, std::string resource, std::string status,
                      boost::json::value changes) {
    return {.user_id = by.who.user_id,
            .email = by.who.email,
            .action = std::move(action),
            .resource = std::move(resource),
            .changes = std::move(changes),
            .request_id = by.request_id,
            .ip = by.ip,
            .status = std::move(status)};
}

void note(context& c, audit::entry e) {
    auto const action = e.action, request_id = e.request_id;
    if (auto const ok = c.records.append(query::audit_only(std::move(e))); !ok)
        log::warn("audit entry lost: the spool is full", {{"action", action}, {"request_id", request_id}});
}

}  // namespace vanna::api
