#include "core/health/board.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {
namespace {

bool trusted(http::request const& r) {
    return r.is_loopback() || (r.principal && r.principal->role == auth::role::admin);
}

}  // namespace

reply get_health(context& c, http::request& r) {
    auto const components = c.health.all();
    bool degraded = false;
    boost::json::object out{{"status", "ok"}}, detail;
    for (auto const& [name, what] : components) {
        out[name] = health::to_string(what.state);
        degraded = degraded || what.state == health::state::down;
        detail[name] = {{"state", health::to_string(what.state)},
                        {"detail", what.detail},
                        {"latency_ms", double(what.latency.count()) / 1000},
                        {"checked_at", to_rfc3339(what.checked_at)}};
    }
    auto const unready = c.health.not_ready_because();
    out["status"] = !unready.empty() ? "not ready" : degraded ? "degraded" : "ok";
    auto const maintenance = c.maintenance.get();
    out["maintenance"] = maintenance->active ? boost::json::value(maintenance->reason) : nullptr;
    if (trusted(r)) {
        out["version"] = VANNA_VERSION;
        out["ready"] = unready.empty();
        if (!unready.empty()) out["reason"] = unready;
        out["detail"] = std::move(detail);
    }
    return json_reply(200, out);
}

reply get_live(context&, http::request&) {
    return reply(R"({"status":"alive"})");
}

reply get_ready(context& c, http::request&) {
    auto const why = c.health.not_ready_because();
    if (why.empty()) {
        bool degraded = false;
        for (auto const& [name, what] : c.health.all())
            degraded = degraded || what.state == health::state::down;
        return json_reply(200, boost::json::object{{"status", degraded ? "degraded" : "ready"}});
    }
    return error{errc::unavailable, public_text{why}}.with_retry(std::chrono::seconds(1));
}

}  // namespace vanna::api
