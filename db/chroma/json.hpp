// ChromaDB's JSON: collections and records both ways.
#pragma once
#include "db/chroma/client.hpp"

namespace vanna::chroma {

result<collection> read_collection(boost::json::value const& from);
// The parallel lists of a `get` answer.
result<std::vector<record>> read_records(boost::json::value const& from);
// The first (only) query of a `query` answer.
result<std::vector<neighbour>> read_neighbours(boost::json::value const& from);
boost::json::object write_records(std::span<record const> records);
boost::json::array write_vector(ask::embedding const& v);
// What the server's refusal means here.
error read_failure(reply const& from, std::string const& what);

}  // namespace vanna::chroma
