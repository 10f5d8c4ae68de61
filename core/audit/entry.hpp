// One line of the audit trail, and the port that commits it at once. Entries of queries travel with the
// query's record (core/query); everything else an administrator does is committed before it acts and again
// after.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/page.hpp"

namespace vanna::audit {

struct entry {
    uuid id = new_id();
    std::optional<uuid> user_id;
    std::string email;
    std::string action;          // "auth.login", "query.run", "users.update", "golden_copy.reset", …
    std::string resource;        // "users/0190…", "configurations/QUERY_MAX_ROWS"
    boost::json::value changes;  // null when there are none; never a secret
    std::string request_id, ip;
    std::string status;  // "attempt", "success", "failure", "denied", "declined"
    instant timestamp = now();
};

struct filter {
    std::optional<uuid> user_id;
    std::string email, action, resource, status;  // empty: any; action and resource match by prefix
    std::optional<instant> from, to;
};

class store {
  public:
    virtual ~store() = default;
    virtual awaitable<result<void>> append(std::vector<entry> entries,
                                           deadline limit) = 0;  // idempotent by id
    virtual awaitable<result<page<entry>>> list(filter which, page_request page, deadline limit) = 0;
};

}  // namespace vanna::audit
