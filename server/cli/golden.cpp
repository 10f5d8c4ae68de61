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

std::string told(sqlite::found_file const& f) {
    return f.content ? f.content->version : "not usable: " + f.problem;
}

awaitable<int> status(engine& e, command_line const& line) {
    auto& shared = e.shared();
    if (!shared.golden) co_return fail(no_copy());
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return fail(seen.error());
    auto const files = co_await shared.golden->inspect(after(copy_limit));
    if (!files) co_return fail(files.error());
    if (auto ok = co_await e.note(e.entry("golden_copy.read", "golden_copy")); !ok)
        co_return fail(ok.error());
    sqlite::file_content const wanted{seen->target.version, seen->target.size};
    show(line, {{"wanted", wanted.version},
                {"origin", seen->target.origin},
                {"size", wanted.size},
                {"copy", told(files->copy)},
                {"copy_is_whole", files->copy.content == wanted},
                {"source", told(files->source)},
                {"source_is_wanted", files->source.content == wanted},
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
    auto const done = co_await audited<sqlite::golden_outcome>(e, e.entry("golden_copy.reset", "golden_copy"),
                                                               [&] { return copy_anew(e); });
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
