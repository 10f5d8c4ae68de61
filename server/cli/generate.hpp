// `vanna-engine generate --target URL`: one question a line in, one JSON object a line out, from the built-in
// generator alone; no store is needed and nothing is run.
#pragma once
#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "core/error.hpp"
#include "core/sql/schema.hpp"

namespace vanna::cli {

// Reads what the URL names; the application gives read_target_schema.
using schema_reader = std::function<result<sql::schema>(std::string const& url)>;

// The exit status: 0; 64 a target that is no URL of a kind that is known, or holds a password; 78 one whose
// role may do more than read; 69 one that cannot be read. Each line out has sql (null: declined), confidence,
// clarification, links, unlinked and notes.
int run_generate(std::string const& target_url, schema_reader const& read, std::chrono::year_month_day today,
                 std::istream& in, std::ostream& out);

}  // namespace vanna::cli
