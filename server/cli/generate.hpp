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

// Opens the file behind sqlite:///PATH; the application gives db/sqlite's.
using schema_reader = std::function<result<sql::schema>(std::string const& path)>;

// The exit status: 0; 64 a target that is no SQLite URL; 69 a file that cannot be read. Each line out has sql
// (null: declined), confidence, clarification, links, unlinked and notes.
int run_generate(std::string const& target_url, schema_reader const& read, std::chrono::year_month_day today,
                 std::istream& in, std::ostream& out, std::ostream& problems);

}  // namespace vanna::cli
