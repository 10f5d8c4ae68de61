// YAML files that people give us, read into a plain tree with the line of everything: the one place that
// knows yaml-cpp. Bounded in size, depth and nodes, and without aliases, so that no file can grow in memory.
#pragma once
#include <string>
#include <vector>

namespace vanna::ask {

struct yaml_field;

struct yaml_node {
    enum class kind { null, text, list, map };
    kind what = kind::null;
    int line = 1;
    std::string text;
    std::vector<yaml_node> items;    // of a list
    std::vector<yaml_field> fields;  // of a map, in the order of the file

    // The value of a key, or null.
    yaml_node const* find(std::string_view key) const;
};

struct yaml_field {
    yaml_node key, value;
};

struct yaml_tree {
    yaml_node root;                     // null: an empty file
    std::vector<std::string> problems;  // "line 12: …"; not empty: do not use the root
};

struct yaml_bounds {
    std::size_t most_bytes = 4 << 20, most_nodes = 200'000, most_depth = 8, most_problems = 100;
    std::size_t most_marks = 200'000;  // brackets, commas, quotes… taken in at a time
};

yaml_tree read_yaml(std::string const& text, yaml_bounds within = {});

// A scalar that read_yaml() reads back byte for byte: over several lines where that is possible, otherwise in
// double quotes. `indent`: of the key before it, in blanks. Text that is not UTF-8 does not come back.
std::string to_yaml(std::string_view text, std::size_t indent);

}  // namespace vanna::ask
