#include "jobs/backup_set.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "core/descriptor.hpp"
#include "core/json_values.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view plain = ".tar.gz", sealed = ".tar.gz.enc";
constexpr std::string_view prefixes[] = {"backup_", "safety_"};  // by backup_kind
constexpr std::string_view origin_prefix = "backup:";
constexpr std::size_t stamp_length = 19;  // 2026-11-26_14:05:09
constexpr std::size_t most_digits = 4;
constexpr std::uintmax_t most_record_bytes = 16 << 10;

std::string stamp(instant at) {
    auto text = to_rfc3339(at).substr(0, stamp_length);
    text[10] = '_';
    return text;
}

// Exactly what name_backup() writes: a date that does not exist is no name.
std::optional<instant> read_stamp(std::string_view text) {
    if (text.size() != stamp_length || text[10] != '_') return {};
    auto const at = parse_rfc3339(std::string(text.substr(0, 10)) + "T" + std::string(text.substr(11)) + "Z");
    if (!at || stamp(*at) != text) return {};
    return at;
}

bool is_number(std::string_view digits) {
    return !digits.empty() && digits.size() <= most_digits && digits.front() != '0' &&
           digits.find_first_not_of("0123456789") == digits.npos;
}

std::optional<backup_name> parse_id(std::string_view id) {
    for (auto kind : {backup_kind::regular, backup_kind::safety}) {
        auto const prefix = prefixes[std::size_t(kind)];
        if (!id.starts_with(prefix)) continue;
        auto rest = id.substr(prefix.size());
        auto const at = read_stamp(rest.substr(0, stamp_length));
        if (!at) return {};
        rest.remove_prefix(stamp_length);
        if (!rest.empty() && (rest.front() != '_' || !is_number(rest.substr(1)))) return {};
        return backup_name{std::string(id), kind, *at};
    }
    return {};
}

// By which the record knows the archive it speaks of.
std::optional<json::object> identity(fs::path const& archive) {
    struct stat found{};
    if (::lstat(archive.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
    return json::object{{"size", found.st_size},
                        {"inode", found.st_ino},
                        {"modified_ns", found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec}};
}

std::optional<instant> time_in(json::object const& from, std::string_view name) {
    auto const* text = from.if_contains(name);
    return text && text->is_string() ? parse_rfc3339(text->get_string()) : std::nullopt;
}

}  // namespace

backup_name name_backup(backup_kind kind, instant at, bool encrypted, unsigned number) {
    auto id = std::string(prefixes[std::size_t(kind)]) + stamp(at);
    if (number > 1) id += "_" + std::to_string(number);
    return {std::move(id), kind, std::chrono::floor<std::chrono::seconds>(at), encrypted};
}

std::optional<backup_name> parse_backup_file(std::string_view file) {
    for (auto extension : {sealed, plain}) {
        if (!file.ends_with(extension)) continue;
        auto found = parse_id(file.substr(0, file.size() - extension.size()));
        if (found) found->encrypted = extension == sealed;
        return found;
    }
    return {};
}

std::optional<std::string> parse_backup_id(std::string_view text) {
    if (auto const file = parse_backup_file(text)) return file->id;
    if (auto const id = parse_id(text)) return id->id;
    return {};
}

std::string origin_of(backup_name const& name) {
    return std::string(origin_prefix) + name.id;
}

std::optional<std::string> backup_of_origin(std::string_view origin) {
    if (!origin.starts_with(origin_prefix)) return {};
    return std::string(origin.substr(origin_prefix.size()));
}

fs::path verification_path(fs::path const& archive) {
    return archive.string() + ".json";
}

std::string identity_of(fs::path const& archive) {
    auto const found = identity(archive);
    return found ? json::serialize(*found) : std::string();
}

void write_verification(fs::path const& archive, verification const& found, std::string const& read_as) {
    auto record = identity(archive);
    if (!record || (!read_as.empty() && json::serialize(*record) != read_as)) return;
    record->emplace("verified_at", or_null(found.verified_at));
    record->emplace("drilled_at", or_null(found.drilled_at));
    record->emplace("problem", found.problem);
    auto const path = verification_path(archive), temporary = fs::path(path.string() + ".partial");
    ::unlink(temporary.c_str());
    descriptor const fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    auto const text = json::serialize(*record) + "\n";
    bool const is_written = fd && ::write(fd.get(), text.data(), text.size()) == ssize_t(text.size()) &&
                            ::fsync(fd.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
    if (!is_written) ::unlink(temporary.c_str());
}

verification read_verification(fs::path const& archive) {
    auto const path = verification_path(archive);
    std::error_code failed;
    if (!fs::is_regular_file(fs::symlink_status(path, failed)) ||
        fs::file_size(path, failed) > most_record_bytes)
        return {};
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    boost::system::error_code wrong;
    auto const read = json::parse(text.str(), wrong);
    auto const known = identity(archive);
    if (wrong || !read.is_object() || !known) return {};
    auto const& record = read.get_object();
    for (auto const& [name, value] : *known)
        if (auto const* said = record.if_contains(name); !said || *said != value) return {};
    auto const* problem = record.if_contains("problem");
    return {time_in(record, "verified_at"), time_in(record, "drilled_at"),
            problem && problem->is_string() ? std::string(problem->get_string()) : std::string()};
}

}  // namespace vanna::jobs
