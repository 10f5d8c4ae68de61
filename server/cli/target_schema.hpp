// The schema of any target, for a command that needs no other store.
#pragma once
#include <string>

#include "core/error.hpp"
#include "core/sql/schema.hpp"

namespace vanna::cli {

// sqlite:///PATH or postgresql://…; blocks. invalid_input: neither, or a password in it, which everybody on
// the machine could read. unavailable, conflict (a role that may do harm).
result<sql::schema> read_target_schema(std::string const& url);

}  // namespace vanna::cli
