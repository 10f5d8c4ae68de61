// Looking into a statement's parse tree: members of a node by name, absent ones as nothing.
#pragma once
#include <boost/json.hpp>
#include <string_view>
#include <vector>

namespace vanna::pg_target {

std::string_view text_of(boost::json::object const& node, std::string_view member);
std::int64_t number_of(boost::json::object const& node, std::string_view member, std::int64_t otherwise);
// The list's items that are objects; views of the tree.
std::vector<boost::json::object const*> nodes_of(boost::json::object const& node, std::string_view member);
// The texts of a list of String nodes; what else is in it ("*") is left out.
std::vector<std::string_view> names_of(boost::json::object const& node, std::string_view member);
// The node of that kind that `node`, which names its kind, is; else null.
boost::json::object const* as_kind(boost::json::object const& node, std::string_view kind);
// A member that is a node, named or bare; else null.
boost::json::object const* node_of(boost::json::object const& node, std::string_view member);

}  // namespace vanna::pg_target
