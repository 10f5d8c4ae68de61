// Product categories: six groups and their subdivisions, in the order of category_id.
#pragma once
#include <string_view>
#include <vector>

#include "model.hpp"

namespace vanna::sample {

struct category {
    int id;
    std::string_view name;
    int parent;  // 0: a group itself
};

std::vector<category> const& categories();

}  // namespace vanna::sample
