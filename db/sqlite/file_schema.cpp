#include "db/sqlite/file_schema.hpp"

#include "db/sqlite/connection.hpp"
#include "db/sqlite/schema.hpp"

namespace vanna::sqlite {

result<sql::schema> read_file_schema(std::string const& path) {
    auto const file = connection::open(path, {});
    if (!file) return file.error();
    auto out = read_structure(**file, "");
    if (!out) return out.error();
    add_contents(**file, *out, after(std::chrono::seconds(10)));
    return out;
}

}  // namespace vanna::sqlite
