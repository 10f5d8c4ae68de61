// The address as libpq's environment variables, which pg_dump and pg_restore read.
#include <libpq-fe.h>

#include <cstdlib>
#include <memory>

#include "db/postgres/address.hpp"

namespace vanna::postgres {
namespace {

// What resolve() and this file decide, whatever stands in the engine's own environment.
constexpr std::string_view ours[] = {"host", "hostaddr", "port", "dbname", "service", "options"};
// Words about how a connection is kept alive: programs that end soon do without.
constexpr std::string_view dispensable[] = {
    "keepalives",       "keepalives_idle",           "keepalives_interval", "keepalives_count",
    "tcp_user_timeout", "fallback_application_name", "application_name",    "client_encoding"};

bool is_one_of(std::span<std::string_view const> list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

}  // namespace

result<std::map<std::string, std::string>> address::environment() const {
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const known(PQconndefaults(),
                                                                             &PQconninfoFree);
    if (!known) return error{errc::overloaded, public_text{"the memory is exhausted"}};
    std::map<std::string, std::string> out{{"PGHOST", "localhost"},       {"PGPORT", "5432"},
                                           {"PGGSSENCMODE", "disable"},   {"PGCONNECT_TIMEOUT", "15"},
                                           {"PGAPPNAME", "vanna-engine"}, {"PGCLIENTENCODING", "UTF8"}};
    for (auto const* word = known.get(); word->keyword; ++word) {
        auto value = get(word->keyword);
        if (value.empty() && word->envvar && !is_one_of(ours, word->keyword))
            if (char const* inherited = std::getenv(word->envvar)) value = inherited;
        if (value.empty() || is_one_of(dispensable, word->keyword)) continue;
        if (!word->envvar)
            return error{errc::invalid_input,
                         public_text{"DATABASE_URL holds \"" + std::string(word->keyword) +
                                     "\", which pg_dump and pg_restore cannot be told; leave it out"}};
        out[word->envvar] = value;
    }
    out["PGDATABASE"] = database_;
    return out;
}

}  // namespace vanna::postgres
