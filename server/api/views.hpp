// How the API shows rows: one function a type, the only places that decide field names.
#pragma once
#include <boost/json.hpp>

#include "core/ask/conversations.hpp"
#include "core/audit/entry.hpp"
#include "core/auth/principal.hpp"
#include "core/jobs/job.hpp"
#include "core/query/record.hpp"
#include "core/replica/state.hpp"
#include "core/sql/schema.hpp"

namespace vanna::api {

boost::json::object view(auth::user const& u);
boost::json::object view(query::record const& r);
boost::json::object view(query::feedback const& f);
boost::json::object view(audit::entry const& e);
boost::json::object view(ask::term const& t);
boost::json::object view(ask::example const& e);
boost::json::object view(ask::conversation const& c);
boost::json::object view(jobs::job const& j);
boost::json::object view(replica::configuration_row const& r);
boost::json::object view(replica::store::schema_version const& v);
boost::json::object view(sql::table const& t, bool with_columns);

template <class T>
boost::json::object view(page<T> const& p) {
    boost::json::array items;
    for (auto const& item : p.items)
        items.push_back(view(item));
    return {{"items", std::move(items)},
            {"next_cursor", p.next ? boost::json::value(to_string(*p.next)) : boost::json::value(nullptr)}};
}

}  // namespace vanna::api
