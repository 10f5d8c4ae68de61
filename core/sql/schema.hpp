// A snapshot of the target's schema: immutable once made, shared between workers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vanna::sql {

struct schema_column {
    std::string name, type;
    bool not_null = false, generated = false;
    int primary_key = 0;  // place in the key from 1; 0: not part of it
    // Distinct values of low-cardinality text columns (at most 200, each at most 100 bytes), for linking and
    // training.
    std::vector<std::string> values;
    bool values_complete = false;  // `values` are all there are
};

struct foreign_key {
    std::vector<std::string> columns;
    std::string table;
    std::vector<std::string> references;
};

struct table {
    std::string name;
    bool is_view = false;
    std::string ddl;
    std::vector<schema_column> columns;
    std::vector<foreign_key> foreign_keys;
    std::vector<std::string> indexes;        // DDL
    std::optional<std::uint64_t> row_count;  // nothing: not counted (a view, or it failed)
    std::string problem;                     // a view that does not prepare says why; it has no columns then
};

struct schema {
    std::string engine;         // "sqlite"
    std::string version;        // target_version it was read from
    std::vector<table> tables;  // by name
};

}  // namespace vanna::sql
