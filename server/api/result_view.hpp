// A query's answer as the API shows it: the JSON object of an interactive result, and the streams of an
// export.
#pragma once
#include "core/ask/ports.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {

// {query_id, sql, columns, rows, row_count, truncated, duration_ms, target_version, cached}; the rows are
// copied once.
http::response result_reply(query::answer const& a, std::string_view sql);
// The same with {question, generator, confidence, sources, notes, links, unlinked} for ask.
http::response result_reply(query::answer const& a, ask::generated const& how, std::string_view question);
// That object with `found` in place of the outcome's columns, rows and counts.
std::string answer_json(query::answer const& a, ask::generated const& how, std::string_view question,
                        std::string_view found);
// A question that was not run: declined, or execute=false.
boost::json::object generated_view(ask::generated const& how, std::string_view question);

result<sql::row_format> export_format(std::string_view name);  // json, csv, ndjson
// Streamed in slices; JSON ends with "row_count" and "complete", NDJSON with an object of the two, and every
// format with the trailers X-Row-Count and X-Complete.
http::response export_reply(query::service::exported what, sql::row_format format, uuid query_id,
                            deadline until);

}  // namespace vanna::api
