#include "server/app/settings_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/clock.hpp"
#include "core/net/origin.hpp"
#include "db/postgres/address.hpp"
#include "db/redis/address.hpp"
#include "db/sqlite/golden_file.hpp"
#include "server/http/options.hpp"
#include "server/http/tls.hpp"

namespace vanna::app {
namespace {

constexpr std::size_t any_descriptors = 1 << 20;

class report {
  public:
    explicit report(std::vector<config::problem>& to) : to_(to) {}

    // A setting that is known to be wrong is not complained about twice.
    void add(std::string name, std::string message) {
        if (std::ranges::find(to_, name, &config::problem::name) == to_.end())
            to_.push_back({std::move(name), std::move(message)});
    }
    // Adapters begin their message with the setting's name.
    void add(std::string const& name, error const& e) {
        for (auto const& f : e.fields)
            add(f.field, f.message);
        if (!e.fields.empty()) return;
        std::string_view text = e.message;
        if (text.starts_with(name)) text.remove_prefix(name.size());
        text.remove_prefix(std::min(text.find_first_not_of(": "), text.size()));
        add(name, std::string(text));
    }

  private:
    std::vector<config::problem>& to_;
};

void check_stores(config::settings const& s, report& to) {
    if (auto ok = postgres::address::parse(config::postgres_url(s)); !ok)
        to.add(s.database_url.empty() ? "POSTGRES_HOST" : "DATABASE_URL",
               ok.error().message.substr(std::strlen("DATABASE_URL ")));
    if (auto ok = redis::address::parse(s.redis_url); !ok) to.add("REDIS_URL", ok.error());
    auto const target = config::target_of(s);
    if (target.type == config::target_address::engine::postgresql)
        if (auto ok = postgres::address::parse(target.source); !ok)
            to.add("TARGET_DATABASE_URL", ok.error().message.substr(std::strlen("DATABASE_URL ")));
    if (target.type == config::target_address::engine::sqlite)
        if (auto ok = sqlite::check_distinct({target.source, s.target_db_path}); !ok)
            to.add("TARGET_DB_PATH", ok.error());
}

// Of an address that is wrong nobody knows which part is a password.
std::string const not_shown = "cannot be used (its value may hold a password and is not shown): ";

void check_models(config::settings const& s, report& to) {
    if (!s.llm_base_url.empty())
        if (auto ok = net::parse_origin(s.llm_base_url); !ok)
            to.add("LLM_BASE_URL", not_shown + ok.error().message);
    if (s.embedding_provider != "http") return;
    if (auto ok = net::parse_origin(s.embedding_url); !ok)
        to.add("EMBEDDING_URL", not_shown + ok.error().message);
}

void check_listening(config::settings const& s, report& to) {
    if (auto ok = http::listening_address(s.host); !ok) to.add("HOST", ok.error());
    if (!s.tls_cert_file.empty() && !s.tls_key_file.empty())
        if (auto ok = http::tls_context(s.tls_cert_file, s.tls_key_file); !ok) to.add("", ok.error());
}

void check_folder(std::string const& name, std::string const& path, report& to) {
    if (path.empty()) return;
    std::error_code ec;
    std::filesystem::create_directories(path, ec);
    std::string why = ec ? ec.message() : "";
    if (!ec && ::access(path.c_str(), W_OK | X_OK) != 0) why = std::strerror(errno);
    if (!why.empty())
        to.add(name, "is \"" + path + "\": " + why + "; expected a folder that this user may write to");
}

}  // namespace

void check_settings(config::loaded& l, use what) {
    auto const& s = l.values;
    report to(l.problems);
    if (!use_timezone(s.target_timezone))
        to.add("TARGET_TIMEZONE", "is \"" + s.target_timezone +
                                      "\"; expected a zone of this machine such as Europe/Berlin (is tzdata "
                                      "installed?)");
    check_stores(s, to);
    check_models(s, to);
    if (auto ok = http::options_from(s, any_descriptors); !ok) to.add("", ok.error());
    if (what != use::command) check_listening(s, to);
    if (what == use::serving) {
        check_folder("SPOOL_DIR", s.spool_dir, to);
        check_folder("LOG_DIR", s.log_dir, to);
    }
}

}  // namespace vanna::app
