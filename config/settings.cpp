#include "config/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "config/checks.hpp"

extern char** environ;

namespace vanna::config {
namespace {

std::string_view trim(std::string_view text) {
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return out;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t n = 0;
    auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
    return n;
}

// "16777216", "16 MiB", "100 KB", "1k": powers of 1024 for KiB/MiB/GiB, of 1000 for KB/MB/GB.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    auto const split = text.find_first_not_of("0123456789");
    auto const n = parse_number(text.substr(0, split));
    if (!n) return {};
    if (split == text.npos) return n;
    auto const unit = lower(trim(text.substr(split)));
    std::uint64_t factor = 0;
    if (unit == "b") factor = 1;
    if (unit == "kb") factor = 1000;
    if (unit == "mb") factor = 1'000'000;
    if (unit == "gb") factor = 1'000'000'000;
    if (unit == "kib") factor = 1ull << 10;
    if (unit == "mib") factor = 1ull << 20;
    if (unit == "gib") factor = 1ull << 30;
    if (factor == 0 || *n > UINT64_MAX / factor) return {};
    return *n * factor;
}

std::optional<bool> parse_boolean(std::string_view text) {
    auto const v = lower(text);
    if (v == "true" || v == "1" || v == "yes" || v == "on") return true;
    if (v == "false" || v == "0" || v == "no" || v == "off") return false;
    return {};
}

bool among(std::string_view value, std::string_view choices) {
    std::stringstream in{std::string(choices)};
    for (std::string c; std::getline(in, c, '|');)
        if (c == value) return true;
    return false;
}

// A setting and its alias, wherever they come from: of two values that differ neither can be meant.
void check_alias(definition const& d, std::initializer_list<name_values const*> by_precedence,
                 std::vector<problem>& problems) {
    auto const first = [&](std::string_view name) -> std::string const* {
        for (auto const* source : by_precedence)
            if (auto const it = source->find(name); it != source->end()) return &it->second;
        return nullptr;
    };
    auto const *named = first(d.name), *other = first(d.alias);
    if (named && other && parse_boolean(trim(*named)) != parse_boolean(trim(*other)))
        problems.push_back({std::string(d.name), "is " + *named + " but its alias " + std::string(d.alias) +
                                                     " is " + *other + "; give one of them"});
}

void assign(settings& out, definition const& d, std::string_view value) {
    if (auto* t = std::get_if<std::string settings::*>(&d.field)) out.*(*t) = value;
    if (auto* n = std::get_if<std::uint64_t settings::*>(&d.field))
        out.*(*n) = (d.type == kind::bytes ? parse_bytes(value) : parse_number(value)).value_or(0);
    if (auto* b = std::get_if<bool settings::*>(&d.field)) out.*(*b) = parse_boolean(value).value_or(false);
}

std::string mask_password(std::string_view url) {
    std::string out(url);
    auto const scheme = out.find("://");
    auto const at = out.rfind('@');
    if (scheme == out.npos || at == out.npos || at < scheme) return out;
    auto const colon = out.find(':', scheme + 3);
    if (colon == out.npos || colon > at) return out;
    return out.replace(colon + 1, at - colon - 1, "***");
}

std::string masked(definition const& d, std::string_view value) {
    if (d.secret) return value.empty() ? "" : "***";
    return d.type == kind::url ? mask_password(value) : std::string(value);
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string_view nearest(std::string_view name) {
    std::string_view best = definitions().front().name;
    for (auto const& d : definitions())
        if (distance(name, d.name) < distance(name, best)) best = d.name;
    return best;
}

std::optional<std::string> read_secret_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return {};
    std::string value{std::istreambuf_iterator<char>(in), {}};
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r'))
        value.pop_back();
    return value;
}

// One source's value for one setting, its alias and NAME_FILE form resolved.
std::optional<std::string> value_from(name_values const& source, definition const& d,
                                      std::vector<problem>& problems) {
    auto const get = [&](std::string_view name) -> std::optional<std::string> {
        auto const it = source.find(name);
        return it == source.end() ? std::nullopt : std::optional(it->second);
    };
    auto direct = get(d.name);
    if (!direct && !d.alias.empty()) direct = get(d.alias);
    if (d.secret || d.type == kind::url) {
        auto const file_name = std::string(d.name) + "_FILE";
        if (auto const file = get(file_name); file && !file->empty()) {
            if (direct) {
                problems.push_back({std::string(d.name),
                                    "is given both directly and as " + file_name + "; give one of them"});
                return direct;
            }
            auto content = read_secret_file(*file);
            if (!content) problems.push_back({file_name, "cannot read \"" + *file + "\""});
            direct = std::move(content);
        }
    }
    // An orchestrator gives each secret a place, empty where there is none: it must not stand before a live
    // row.
    if (d.secret && d.live && direct && direct->empty()) return {};
    return direct;
}

}  // namespace

std::string_view to_string(origin o) {
    switch (o) {
        case origin::built_in:
            return "default";
        case origin::env_file:
            return "env file";
        case origin::live_row:
            return "live row";
        case origin::environment:
            return "environment";
        case origin::command_line:
            return "command line";
    }
    return "default";
}

std::optional<std::string> check(definition const& d, std::string_view value) {
    auto const shown = masked(d, value);
    switch (d.type) {
        case kind::text:
        case kind::url:
            if (d.secret && !value.empty() && value.size() < d.least)
                return "is shorter than " + std::to_string(d.least) + " bytes";
            if (d.secret && value.size() > d.most)
                return "is longer than " + std::to_string(d.most) + " bytes";
            if (d.secret && value.empty() && d.least > 0)
                return "is empty; expected at least " + std::to_string(d.least) + " bytes";
            if (value.find('\0') != value.npos) return "holds a zero byte";
            return {};
        case kind::choice:
            if (among(value, d.choices)) return {};
            return "is \"" + shown + "\"; expected one of " + std::string(d.choices);
        case kind::boolean:
            if (parse_boolean(value)) return {};
            return "is \"" + shown + "\"; expected true or false";
        case kind::number:
        case kind::bytes: {
            auto const n = d.type == kind::bytes ? parse_bytes(value) : parse_number(value);
            if (n && *n >= d.least && *n <= d.most) return {};
            auto range = d.most == UINT64_MAX ? "at least " + std::to_string(d.least)
                                              : std::to_string(d.least) + " to " + std::to_string(d.most);
            return "is \"" + shown + "\"; expected " +
                   (d.type == kind::bytes ? "a size such as 16 MiB, " : "a whole number, ") + range;
        }
    }
    return {};
}

name_values read_env_file(std::string const& path, std::vector<problem>& problems) {
    name_values out;
    std::ifstream in(path);
    if (!in) {
        problems.push_back({"--env-file", "cannot read \"" + path + "\""});
        return out;
    }
    std::string raw;
    for (int number = 1; std::getline(in, raw); ++number) {
        auto line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        auto const equals = line.find('=');
        if (equals == line.npos || equals == 0) {
            problems.push_back({path, "line " + std::to_string(number) + ": expected NAME=value"});
            continue;
        }
        auto const name = trim(line.substr(0, equals));
        auto value = trim(line.substr(equals + 1));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
            value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        else if (auto const comment = value.find(" #"); comment != value.npos)
            value = trim(value.substr(0, comment));
        out[std::string(name)] = value;
    }
    return out;
}

name_values known_environment() {
    name_values out;
    for (char** e = environ; e && *e; ++e) {
        std::string_view const entry(*e);
        auto const equals = entry.find('=');
        if (equals == entry.npos) continue;
        auto const name = entry.substr(0, equals);
        auto const base = name.ends_with("_FILE") && !find(name) ? name.substr(0, name.size() - 5) : name;
        if (find(base)) out[std::string(name)] = entry.substr(equals + 1);
    }
    return out;
}

loaded load(sources const& from) {
    loaded out;
    name_values file;
    if (!from.env_file.empty()) file = read_env_file(from.env_file, out.problems);
    for (auto const& [name, value] : file) {
        auto const base = name.ends_with("_FILE") && !find(name)
                              ? std::string_view(name).substr(0, name.size() - 5)
                              : std::string_view(name);
        if (!find(base) && name != "VANNA_ENV_FILE")
            out.warnings.push_back("unknown setting " + name + " in " + from.env_file + "; did you mean " +
                                   std::string(nearest(name)) + "?");
    }
    std::set<std::string_view> stated;
    for (auto const& d : definitions()) {
        std::optional<std::string> value;
        auto where = origin::built_in;
        auto const take = [&](name_values const& source, origin o) {
            if (value) return;
            if (auto v = value_from(source, d, out.problems)) value = std::string(trim(*v)), where = o;
        };
        if (!d.alias.empty()) check_alias(d, {&from.command_line, &from.environment, &file}, out.problems);
        if (d.secret && from.command_line.contains(d.name))
            out.problems.push_back(
                {std::string(d.name),
                 "is a secret and never taken from the command line; use the environment or " +
                     std::string(d.name) + "_FILE"});
        if (d.type == kind::url)
            if (auto it = from.command_line.find(d.name);
                it != from.command_line.end() && mask_password(it->second) != it->second)
                out.problems.push_back(
                    {std::string(d.name),
                     "holds a password and is never taken from the command line; use the environment or " +
                         std::string(d.name) + "_FILE"});
        take(from.command_line, origin::command_line);
        take(from.environment, origin::environment);
        if (d.live) take(from.live_rows, origin::live_row);
        take(file, origin::env_file);
        if (!value) {
            assign(out.values, d, d.default_value);
            continue;
        }
        stated.insert(d.name);
        out.origins[std::string(d.name)] = where;
        if (auto const message = check(d, *value)) {
            out.problems.push_back(
                {std::string(d.name), *message + " (from " + std::string(to_string(where)) + ")"});
            assign(out.values, d, d.default_value);
        } else {
            assign(out.values, d, *value);
        }
    }
    if (out.values.debug) out.values.log_level = "debug";
    if (out.values.spool_dir.empty()) {
        auto const slash = out.values.target_db_path.rfind('/');
        out.values.spool_dir =
            (slash == std::string::npos ? std::string(".") : out.values.target_db_path.substr(0, slash)) +
            "/spool";
    }
    check_together(out.values, stated, out.problems);
    return out;
}

std::string show(settings const& values, definition const& d) {
    if (auto* n = std::get_if<std::uint64_t settings::*>(&d.field)) return std::to_string(values.*(*n));
    if (auto* b = std::get_if<bool settings::*>(&d.field)) return values.*(*b) ? "true" : "false";
    return masked(d, values.*std::get<std::string settings::*>(d.field));
}

settings with_value(settings base, definition const& d, std::string_view value) {
    assign(base, d, value);
    return base;
}

std::string postgres_url(settings const& v) {
    if (!v.database_url.empty()) return v.database_url;
    auto const encode = [](std::string_view text) {
        static constexpr char hex[] = "0123456789ABCDEF";
        std::string out;
        for (unsigned char c : text) {
            if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                c == '_' || c == '.')
                out.push_back(char(c));
            else
                (out += '%', out += hex[c >> 4]) += hex[c & 15];
        }
        return out;
    };
    std::string out = "postgresql://" + encode(v.postgres_user);
    if (!v.postgres_password.empty()) out += ":" + encode(v.postgres_password);
    return out + "@" + v.postgres_host + ":" + std::to_string(v.postgres_port) + "/" + encode(v.postgres_db);
}

target_address target_of(settings const& v) {
    using enum target_address::engine;
    if (!v.enable_target_db) return {v.seed_demo_data ? demo : none, {}};
    std::string_view url = v.target_database_url;
    if (url.empty()) return {sqlite, v.target_db_source};
    if (!url.starts_with("sqlite:///")) return {postgresql, std::string(url)};
    url.remove_prefix(std::string_view("sqlite:///").size());
    url = url.substr(0, url.find('?'));
    return {sqlite, std::string(url)};
}

std::string env_example() {
    std::string out =
        "# Every setting with its default; made from the table in config/definitions.cpp (vanna-engine "
        "config example).\n";
    for (auto const& d : definitions()) {
        out += "\n# " + std::string(d.help);
        if (!d.choices.empty()) out += " (" + std::string(d.choices) + ")";
        if (d.live) out += " [live]";
        out += "\n#" + std::string(d.name) + "=" + std::string(d.default_value) + "\n";
    }
    return out;
}

std::string markdown_table() {
    std::string out = "| name | default | meaning |\n|---|---|---|\n";
    for (auto const& d : definitions()) {
        auto const escape = [](std::string_view text) {
            std::string escaped;
            for (char c : text) {
                if (c == '|') escaped += '\\';
                escaped += c;
            }
            return escaped;
        };
        auto const shown =
            d.secret && !d.default_value.empty() ? "(development value)" : std::string(d.default_value);
        out += "| `" + std::string(d.name) + "` | " + (shown.empty() ? "" : "`" + shown + "`") + " | " +
               escape(d.help) + (d.choices.empty() ? "" : " (" + escape(d.choices) + ")") +
               (d.live ? "; live" : "") + (d.secret ? "; secret" : "") + " |\n";
    }
    return out;
}

}  // namespace vanna::config
