#include <sysexits.h>

#include <cstdio>

#include "core/audit/entry.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/engine.hpp"
#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto step_limit = std::chrono::seconds(10);

error no_copy() {
    return error{
        errc::conflict,
        public_text{"there is no golden copy: the target database is disabled or not a SQLite file"}};
}

void show(command_line const& line, boost::json::object const& what) {
    if (line.has("json")) return print(boost::json::serialize(what) + "\n");
    std::vector<std::vector<std::string>> rows;
    for (auto const& [name, value] : what)
        rows.push_back({std::string(name), cell(value)});
    print(table({"golden copy", ""}, rows));
}

awaitable<int> status(engine& e, command_line const& line) {
    auto& shared = e.shared();
    if (!shared.golden) co_return fail(no_copy());
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return fail(seen.error());
    auto const source = co_await shared.golden->hash_source(after(copy_limit));
    show(line, {{"wanted", seen->target.version},
                {"origin", seen->target.origin},
                {"size", seen->target.size},
                {"source", source ? source->version : "not usable: " + source.error().message},
                {"source_is_wanted", source && source->version == seen->target.version},
                {"path", e.settings().target_db_path}});
    co_return 0;
}

awaitable<result<sqlite::golden_outcome>> copy_anew(engine& e) {
    auto const lock = co_await e.take_jobs_lock();
    if (!lock) co_return lock.error();
    auto const seen = co_await e.stores().replicas->read(after(step_limit));
    if (!seen) co_return seen.error();
    co_return co_await e.shared().golden->apply(
        {.cause = sqlite::golden_cause::reset,
         .row = seen->target,
         .in_full = true,
         .until = after(copy_limit),
         .may_publish = [&lock] { return (*lock)->still_held(after(step_limit)); }},
        e.stores().replicas.get());
}

awaitable<int> reset(engine& e, command_line const& line) {
    auto& shared = e.shared();
    if (!shared.golden) co_return fail(no_copy());
    if (!line.has("confirm"))
        co_return fail(error{
            errc::bad_request,
            public_text{"every replica would take a fresh copy of the source; add --confirm to do it"}}),
            EX_USAGE;
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto entry = e.entry("golden_copy.reset", "golden_copy");
    entry.status = "attempt";
    if (auto ok = co_await e.stores().audit->append({entry}, after(copy_limit)); !ok)
        co_return fail(ok.error());
    auto const done = co_await copy_anew(e);
    entry.id = new_id();
    entry.timestamp = now();
    entry.status = done ? "success" : "failure";
    if (auto ok = co_await e.stores().audit->append({entry}, after(copy_limit)); !ok)
        co_return fail(ok.error());
    if (!done) co_return fail(done.error());
    show(line, {{"version", done->row.version},
                {"size", done->row.size},
                {"moved", done->row_moved},
                {"copied", done->copied}});
    co_return 0;
}

}  // namespace

int run_golden_copy(command_line const& line, engine& e) {
    auto const act = line.command == "golden-copy status" ? &status : &reset;
    return e.run([&](engine& on) { return act(on, line); });
}

}  // namespace vanna::cli
