// What handlers of the API are made of: the replies they give, the reading of ids, pages and confirmations,
// and the audit around administrators' acts.
#pragma once
#include <boost/json.hpp>

#include "core/audit/administrative.hpp"
#include "core/page.hpp"
#include "core/query/service.hpp"
#include "server/api/context.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace vanna::api {

using reply = http::response;

reply json_reply(unsigned status, boost::json::value const& body);
reply created(std::string location, boost::json::value const& body);
reply accepted(jobs::job const& job, std::string status_url);
// Server-sent events; and whether the client asked for them.
reply events_reply(std::unique_ptr<http::body_source> from);
bool wants_events(http::request const& r);

// The {id} of the path; not_found when it is not an id, as nothing can have it.
result<uuid> path_id(http::request const& r);
// ?limit=1..200; invalid_input otherwise.
result<std::size_t> limit_of(http::request const& r);
// The same and &cursor=<id>.
result<page_request> page_of(http::request const& r);
// bad_request unless ?confirm=true, saying so.
result<void> confirmed(http::request const& r);

inline auth::principal const& who(http::request const& r) {
    return *r.principal;
}
query::asker asker_of(http::request const& r);
// A new flag that the client's leaving raises.
std::shared_ptr<sql::stop_flag> stop_flag_of(http::request& r);

audit::entry entry_of(http::request const& r, std::string action, std::string resource, std::string status,
                      boost::json::value changes = nullptr);
// The same of what goes on after its request may be gone.
audit::entry entry_of(query::asker const& by, std::string action, std::string resource, std::string status,
                      boost::json::value changes = nullptr);
// Reads and the like: by way of the spool, without waiting. Failing to is not a reason to refuse a read.
void note(context& c, audit::entry e);

// An administrator's act: an entry "attempt" is committed before `act` runs and "success" or "failure" after
// it. When the first cannot be committed nothing happens: unavailable.
template <class F>
awaitable<reply> audited(context& c, http::request& r, std::string action, std::string resource,
                         boost::json::value changes, F act) {
    auto const attempt = entry_of(r, std::move(action), std::move(resource), "attempt", std::move(changes));
    if (auto ok = co_await c.audit.append({attempt}, r.limit); !ok) co_return ok.error();
    reply out = co_await act();
    c.count_operation(attempt.action, out.failure ? "failure" : "success");
    auto ended = audit::outcome_of(attempt, out.failure ? std::optional(out.failure->code) : std::nullopt);
    if (auto ok = co_await c.audit.append({ended}, after(std::chrono::seconds(5))); !ok)
        note(c, std::move(ended));
    co_return out;
}

}  // namespace vanna::api
