#include "db/sqlite/golden_record.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/ids.hpp"

namespace vanna::sqlite {
namespace {

namespace json = boost::json;

std::optional<hashed_file> parse(json::object const& all, std::string_view name) {
    auto const* const entry = all.if_contains(name);
    if (!entry || !entry->is_object()) return {};
    auto const& o = entry->as_object();
    hashed_file out;
    auto const number = [&](std::string_view field, auto& to) {
        auto const* const v = o.if_contains(field);
        boost::system::error_code failed;
        if (v) to = v->to_number<std::remove_reference_t<decltype(to)>>(failed);
        return v && !failed;
    };
    auto const* const version = o.if_contains("sha256");
    if (!version || !version->is_string() || !number("size", out.stamp.size) ||
        !number("inode", out.stamp.inode) || !number("modified_ns", out.stamp.modified_ns))
        return {};
    out.content = {std::string(version->as_string()), out.stamp.size};
    std::int64_t took_ms = 0;
    if (number("copy_took_ms", took_ms)) out.copy_took = std::chrono::milliseconds(took_ms);
    return out;
}

json::object to_json(hashed_file const& f) {
    json::object out{{"sha256", f.content.version},
                     {"size", f.stamp.size},
                     {"inode", f.stamp.inode},
                     {"modified_ns", f.stamp.modified_ns}};
    if (f.copy_took) out["copy_took_ms"] = f.copy_took->count();
    return out;
}

}  // namespace

golden_record read_record(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    boost::system::error_code failed;
    auto const parsed = json::parse(text, failed);
    if (failed || !parsed.is_object()) return {};
    return {parse(parsed.as_object(), "source"), parse(parsed.as_object(), "copy")};
}

void write_record(std::string const& path, golden_record const& record) {
    json::object all;
    if (record.source) all["source"] = to_json(*record.source);
    if (record.copy) all["copy"] = to_json(*record.copy);
    auto const temporary = path + ".tmp." + to_string(new_id());
    std::ofstream out(temporary, std::ios::binary);
    out << json::serialize(all) << '\n';
    out.close();
    std::error_code ignored;
    // The disk may be full: the record that is there is still right.
    if (out)
        std::filesystem::rename(temporary, path, ignored);
    else
        std::filesystem::remove(temporary, ignored);
}

}  // namespace vanna::sqlite
