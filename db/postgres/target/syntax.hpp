// A statement's parse tree, made by PostgreSQL's own grammar (libpg_query) without a server. The only file
// that knows the library; the guard reads the tree.
#pragma once
#include <boost/json.hpp>
#include <memory>
#include <string_view>

#include "core/error.hpp"

namespace vanna::pg_target {

struct syntax_tree {
    // Owns the nodes: freed in one go, however deep they are.
    std::unique_ptr<boost::json::monotonic_resource> memory;
    boost::json::value root{nullptr};
};

// query_invalid with the grammar's message and position; query_too_large: deeper or larger than any reader
// or server has use for. Up to 1 MiB; a long text gets a stack of its own, so that no nesting overflows it.
result<syntax_tree> parse_statement(std::string_view sql);

}  // namespace vanna::pg_target
