#include "jobs/archive/manifest.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/auth/secret.hpp"
#include "core/sql/utf8.hpp"
#include "jobs/archive/digest.hpp"
#include "jobs/archive/refusal.hpp"

namespace vanna::jobs::archive {
namespace {

namespace json = boost::json;

constexpr std::array files_there_can_be{dump_name, collection_name, records_name, target_name};
constexpr std::uint64_t most_exact = std::uint64_t(1) << 53;  // what every JSON reader keeps exactly
constexpr std::size_t most_text = 512, most_tables = 256, most_name = 63;

error wrong(std::string what) {
    return refusal("archive-manifest-invalid", "the manifest is not valid: " + std::move(what));
}

bool is_plain(std::string_view text) {
    return text.size() <= most_text && sql::is_utf8(text) &&
           std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

result<void> check_files(manifest const& what) {
    if (what.files.size() > most_files)
        return wrong("it lists " + std::to_string(what.files.size()) + " files; an archive has at most " +
                     std::to_string(most_files));
    std::set<std::string_view> seen;
    std::uint64_t sum = 0;
    for (auto const& f : what.files) {
        if (std::ranges::find(files_there_can_be, f.name) == files_there_can_be.end())
            return wrong("it lists " + quoted(f.name) + ", which no backup has");
        if (!seen.insert(f.name).second) return wrong("it lists " + f.name + " twice");
        if (f.size > most_exact || (sum += f.size) > most_exact)
            return wrong("the size of " + f.name + " is " + std::to_string(f.size));
        if (!is_hex(f.sha256, 64)) return wrong("the SHA-256 of " + f.name + " is not 64 hexadecimal digits");
    }
    if (!seen.contains(dump_name)) return wrong("it lists no " + std::string(dump_name));
    if (seen.contains(target_name) != !what.target_version.empty())
        return wrong("a target file and target_version go together");
    return {};
}

result<void> check_rows(manifest const& what) {
    if (what.rows.size() > most_tables) return wrong("it counts the rows of too many tables");
    for (auto const& [table, count] : what.rows) {
        if (table.empty() || table.size() > most_name || !is_plain(table))
            return wrong("it counts the rows of " + quoted(table));
        if (count < 0 || std::uint64_t(count) > most_exact)
            return wrong("the rows of " + table + " are " + std::to_string(count));
    }
    return {};
}

// Without "key_id" and "hmac".
json::object to_object(manifest const& what) {
    json::object rows;
    for (auto const& [table, count] : what.rows)
        rows[table] = count;
    json::array files;
    for (auto const& f : what.files)
        files.push_back({{"name", f.name}, {"size", f.size}, {"sha256", f.sha256}});
    return {{"format", what.format},
            {"engine_version", what.engine_version},
            {"postgres_version", what.postgres_version},
            {"migration", what.migration},
            {"created_at", to_rfc3339(what.created_at)},
            {"kind", what.kind},
            {"target_version", what.target_version},
            {"collection", what.collection},
            {"fingerprint", what.fingerprint},
            {"vectors", what.vectors},
            {"rows", std::move(rows)},
            {"files", std::move(files)}};
}

// Reads one object's fields; the first that is missing or of another type is remembered as the problem.
class fields {
  public:
    fields(json::object const& from, std::string& problem) : from_(from), problem_(problem) {}

    std::string text(std::string_view name) {
        auto const* v = from_.if_contains(name);
        if (auto const* s = v ? v->if_string() : nullptr) return std::string(*s);
        return miss(name, "a text"), "";
    }
    std::uint64_t number(std::string_view name, std::uint64_t most = most_exact) {
        auto const* v = from_.if_contains(name);
        if (auto const* n = v ? v->if_int64() : nullptr; n && *n >= 0 && std::uint64_t(*n) <= most)
            return std::uint64_t(*n);
        return miss(name, "a whole number up to " + std::to_string(most)), 0;
    }
    json::object const& object(std::string_view name) {
        static json::object const none;
        auto const* v = from_.if_contains(name);
        if (auto const* o = v ? v->if_object() : nullptr) return *o;
        return miss(name, "an object"), none;
    }
    json::array const& array(std::string_view name) {
        static json::array const none;
        auto const* v = from_.if_contains(name);
        if (auto const* a = v ? v->if_array() : nullptr) return *a;
        return miss(name, "a list"), none;
    }

  private:
    void miss(std::string_view name, std::string const& expected) {
        if (problem_.empty()) problem_ = std::string(name) + " is not " + expected;
    }
    json::object const& from_;
    std::string& problem_;
};

manifest to_manifest(json::object const& from, std::string& problem) {
    fields f(from, problem);
    manifest out;
    out.engine_version = f.text("engine_version");
    out.postgres_version = int(f.number("postgres_version", 10'000'000));
    out.migration = f.text("migration");
    out.kind = f.text("kind");
    out.target_version = f.text("target_version");
    out.collection = f.text("collection");
    out.fingerprint = f.text("fingerprint");
    out.vectors = f.number("vectors");
    if (auto const made = parse_rfc3339(f.text("created_at")))
        out.created_at = *made;
    else if (problem.empty())
        problem = "created_at is no time";
    auto const& rows = f.object("rows");
    for (auto const& [table, count] : rows)
        out.rows[table] = std::int64_t(fields(rows, problem).number(table));
    for (auto const& entry : f.array("files")) {
        static json::object const none;
        auto const* o = entry.if_object();
        fields file(o ? *o : none, problem);
        out.files.push_back({file.text("name"), file.number("size"), file.text("sha256")});
    }
    return out;
}

std::string hmac_of(json::object const& all_but_hmac, key const& signing) {
    return to_hex(hmac_sha256(signing.bytes, json::serialize(all_but_hmac)));
}

signature verdict(json::object const& all_but_hmac, std::string_view hmac, key const* named) {
    if (!named) return signature::other_key;
    return auth::same_bytes(hmac, hmac_of(all_but_hmac, *named)) ? signature::valid : signature::wrong;
}

result<void> check_format(json::object const& all) {
    auto const* v = all.if_contains("format");
    auto const* format = v ? v->if_int64() : nullptr;
    if (!format || *format < 1) return wrong("format is no whole number from 1");
    if (*format == newest_format) return {};
    return refusal("archive-format-newer", "the archive has format " + std::to_string(*format) +
                                               " and this engine reads up to format " +
                                               std::to_string(newest_format) + ": use a newer engine");
}

}  // namespace

archived_file const* manifest::find(std::string_view name) const {
    auto const found = std::ranges::find(files, name, &archived_file::name);
    return found == files.end() ? nullptr : &*found;
}

std::uint64_t manifest::bytes() const {
    std::uint64_t sum = 0;
    for (auto const& f : files)
        sum += f.size;
    return sum;
}

std::string_view to_string(signature s) {
    switch (s) {
        case signature::valid:
            return "valid";
        case signature::absent:
            return "absent";
        case signature::other_key:
            return "other-key";
        case signature::wrong:
            return "wrong";
    }
    return "wrong";
}

result<void> check(manifest const& what) {
    if (what.format != newest_format) return wrong("format is " + std::to_string(what.format));
    if (what.kind != "backup" && what.kind != "safety")
        return wrong("kind is " + quoted(what.kind) + "; there are backup and safety");
    if (!what.target_version.empty() && !is_hex(what.target_version, 64))
        return wrong("target_version is not 64 hexadecimal digits");
    for (auto const* text : {&what.engine_version, &what.migration, &what.collection, &what.fingerprint})
        if (!is_plain(*text))
            return wrong("a text in it is too long or has odd characters: " + quoted(*text));
    if (what.vectors > most_exact) return wrong("vectors is " + std::to_string(what.vectors));
    if (auto ok = check_rows(what); !ok) return ok;
    return check_files(what);
}

std::string to_text(manifest const& what, key const& signing) {
    auto all = to_object(what);
    all["key_id"] = signing.id;
    auto const hmac = hmac_of(all, signing);
    all["hmac"] = hmac;
    return json::serialize(all);
}

result<parsed> parse_manifest(std::string_view text, key_ring const& keys) {
    boost::system::error_code ec;
    auto const value = json::parse(text, ec);
    auto const* all = ec ? nullptr : value.if_object();
    if (!all) return wrong("it is no JSON object");
    if (auto ok = check_format(*all); !ok) return ok.error();
    parsed out;
    std::string problem;
    out.what = to_manifest(*all, problem);
    if (!problem.empty()) return wrong(problem);
    if (auto ok = check(out.what); !ok) return ok.error();

    // Canonical: two texts that mean the same could mean different things to two readers.
    auto again = to_object(out.what);
    if (all->contains("key_id") || all->contains("hmac")) {
        fields f(*all, problem);
        out.key_id = f.text("key_id");
        auto const hmac = f.text("hmac");
        if (!problem.empty()) return wrong(problem);
        if (!is_hex(out.key_id, 16) || !is_hex(hmac, 64)) return wrong("key_id or hmac is malformed");
        again["key_id"] = out.key_id;
        out.signature = verdict(again, hmac, keys.signing_of(out.key_id));
        again["hmac"] = hmac;
    }
    if (json::serialize(again) != text)
        return wrong("it is not written as an engine writes it (order, spaces, unknown or repeated fields)");
    return out;
}

}  // namespace vanna::jobs::archive
