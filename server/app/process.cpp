#include "server/app/process.hpp"

#include <stdexcept>

#include "core/ask/builtin/generator.hpp"
#include "core/ask/follow_up.hpp"
#include "core/ask/verified_pairs.hpp"
#include "core/metrics_families.hpp"
#include "db/postgres/demo_role.hpp"
#include "jobs/backup_folder.hpp"

namespace vanna::app {
namespace {

class disabled final : public sql::target {
    static error refusal() {
        return error{
            errc::conflict,
            public_text{
                "no target database is configured; set ENABLE_TARGET_DB=true and TARGET_DATABASE_URL or "
                "TARGET_DB_SOURCE (or SEED_DEMO_DATA=true, to ask about the demo data), then restart"}}
            .with_type("target-disabled");
    }
    awaitable<result<sql::opened>> open(sql::statement, sql::open_options) override { co_return refusal(); }
    awaitable<result<std::vector<sql::column>>> check(std::string, deadline, uuid) override {
        co_return refusal();
    }
    sql::target_status status() const override {
        return {.engine = "disabled", .version = {}, .ready = false, .problem = refusal().message};
    }
    std::shared_ptr<sql::schema const> schema() const override { return nullptr; }
};

postgres::address read_address(config::settings const& s) {
    auto address = postgres::address::parse(config::postgres_url(s));
    if (!address) throw std::runtime_error("DATABASE_URL: " + address.error().message);
    return std::move(*address);
}

redis::address read_cache_address(config::settings const& s) {
    auto address = redis::address::parse(s.redis_url);
    if (!address) throw std::runtime_error("REDIS_URL: " + address.error().message);
    return std::move(*address);
}

// Of a PostgreSQL target.
postgres::address read_target_address(config::settings const& s, postgres::address const& system_db) {
    auto const wanted = config::target_of(s);
    if (wanted.type == config::target_address::engine::demo)
        return postgres::demo_address(system_db, s.jwt_secret);
    auto address = postgres::address::parse(wanted.source);
    if (!address) throw std::runtime_error("TARGET_DATABASE_URL: " + address.error().message);
    return std::move(*address);
}

// The role of the demo data has its password from the secret, so the new one is its own only after init.
std::optional<postgres::address> former_target_address(config::settings const& s,
                                                       postgres::address const& system_db) {
    if (config::target_of(s).type != config::target_address::engine::demo || s.jwt_previous_secret.empty())
        return {};
    return postgres::demo_address(system_db, s.jwt_previous_secret);
}

// Its threads wait for the server, so their number is that of statements which run there at once.
unsigned target_connections(config::settings const& s) {
    using enum config::target_address::engine;
    auto const type = config::target_of(s).type;
    return type == postgresql || type == demo ? 8 : 1;
}

unsigned cores() {
    return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

changing_secret model_key(process& shared) {
    return std::function([&shared] { return shared.settings.get()->llm_api_key; });
}

std::vector<std::unique_ptr<ask::generator>> generators_for(process& shared, asio::any_io_executor executor) {
    std::vector<std::unique_ptr<ask::generator>> out;
    for (auto const& by : shared.generators)
        out.push_back(ask::run_on(&shared.asking, by));
    if (auto model = ask::model::create_generator(*shared.settings.get(), model_key(shared),
                                                  std::move(executor), shared.model))
        out.insert(out.begin() + 1, std::move(model));
    return out;
}

std::shared_ptr<sql::target> disabled_target() {
    return std::make_shared<disabled>();
}

process::process(config::loaded l, bool has_workers)
    : at_start(l),
      loaded(l),
      settings(l.values),
      system_db(read_address(l.values)),
      cache(read_cache_address(l.values)),
      front(cores()),
      cpu("cpu", cores(), 64, has_workers ? 10 : 0),
      sqlite("sqlite", cores() * 2, 256, has_workers ? 5 : 0, has_workers ? &front : nullptr),
      postgresql("postgresql", target_connections(l.values), 256, 0, has_workers ? &front : nullptr),
      job("job", 4, 64, has_workers ? 10 : 0),
      asking("ask", cores(), 64, has_workers ? 5 : 0, has_workers ? &front : nullptr),
      generators{ask::local_verified_pairs(), ask::with_follow_ups(ask::local_builtin_generator())},
      model{.count =
                [this](std::string_view outcome, double seconds) {
                    metrics.counter(metrics::model_calls, {{"outcome", std::string(outcome)}}).add();
                    metrics.histogram(metrics::model_duration).observe(seconds);
                },
            .pool = &asking} {
    // Shown from the first request on, before the first probe has ended.
    for (auto name : {"database", "target_database", "chroma", "redis", "llm"})
        health.set(name, {.detail = "not probed yet", .checked_at = now()});
    if (l.values.llm_base_url.empty())
        health.set("llm", {.state = health::state::disabled,
                           .detail = "the built-in generator answers",
                           .checked_at = now()});
    auto const target_is = config::target_of(l.values).type;
    if (target_is == config::target_address::engine::sqlite) {
        auto const source = config::target_of(l.values).source;
        golden = std::make_unique<sqlite::golden_copy>(
            job, sqlite::golden_paths{source, l.values.target_db_path,
                                      jobs::backup_folder(l.values.backup_dir).targets().string()});
        file = sqlite::create_target(
            sqlite, {.path = l.values.target_db_path, .guard = {.max_sql_bytes = l.values.max_sql_bytes}});
        target = file;
    } else if (target_is != config::target_address::engine::none) {
        database = pg_target::create_target(postgresql,
                                            {.where = read_target_address(l.values, system_db),
                                             .former = former_target_address(l.values, system_db),
                                             .timezone = l.values.target_timezone,
                                             .is_demo = target_is == config::target_address::engine::demo,
                                             .max_sql_bytes = l.values.max_sql_bytes});
        target = database;
    } else {
        target = disabled_target();
    }
}

void process::join_pools() {
    for (auto* pool : {&sqlite, &postgresql, &cpu, &job, &asking})
        pool->join();
}

query::spool_folder const& process::spool() {
    if (!spool_) {
        auto made = query::spool_folder::create(settings.get()->spool_dir);
        if (!made) throw std::runtime_error("SPOOL_DIR: " + made.error().message);
        spool_.emplace(std::move(*made));
    }
    return *spool_;
}

}  // namespace vanna::app
