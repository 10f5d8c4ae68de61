// What there is to tell a model about a question, in the order in which it is worth telling; how much of it
// fits is the prompt's business.
#pragma once
#include "core/ask/ports.hpp"

namespace vanna::ask::model {

struct material {
    std::vector<sql::table const*> near_tables, other_tables;
    std::vector<std::string> examples, terms, documentation, values;
};

// Views into the context's schema. Values of rows only `with_values`: neither sample values nor those that a
// pair's statement has but its question has not.
material gather(context const& what, bool with_values);

// The table as its DDL or, where that is missing or `briefly`, as its names and types alone.
std::string shown(sql::table const& t, bool briefly);

}  // namespace vanna::ask::model
