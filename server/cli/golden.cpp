#include <sysexits.h>

#include "jobs/golden_reset.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/local_jobs.hpp"
#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

constexpr auto copy_limit = std::chrono::minutes(30);

std::string told(sqlite::found_file const& f) {
    return f.content ? f.content->version : "not usable: " + f.problem;
}

awaitable<int> status(engine& e, command_line const& line) {
    auto& shared = e.shared();
    if (!shared.golden) co_return fail(jobs::no_golden_copy());
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return fail(seen.error());
    auto const files = co_await shared.golden->inspect(after(copy_limit));
    if (!files) co_return fail(files.error());
    if (auto ok = co_await e.note(e.entry("golden_copy.read", "golden_copy")); !ok)
        co_return fail(ok.error());
    sqlite::file_content const wanted{seen->target.version, seen->target.size};
    show(line, "golden copy",
         {{"wanted", wanted.version},
          {"origin", seen->target.origin},
          {"size", wanted.size},
          {"copy", told(files->copy)},
          {"copy_is_whole", files->copy.content == wanted},
          {"source", told(files->source)},
          {"source_is_wanted", files->source.content == wanted},
          {"path", e.settings().target_db_path}});
    co_return 0;
}

awaitable<int> reset(engine& e, command_line const& line) {
    auto& shared = e.shared();
    if (!shared.golden) co_return fail(jobs::no_golden_copy());
    if (!line.has("confirm"))
        co_return fail(error{
            errc::bad_request,
            public_text{"every replica would take a fresh copy of the source; add --confirm to do it"}}),
            EX_USAGE;
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const done =
        co_await run_job(e, e.entry("golden_copy.reset", "golden_copy"), [&](jobs::scheduler& by) {
            return jobs::start_golden_reset(by, *shared.golden, *e.stores().replicas, e.actor().email);
        });
    if (!done) co_return fail(done.error());
    show(line, "golden copy", boost::json::parse(done->result));
    co_return 0;
}

}  // namespace

int run_golden_copy(command_line const& line, engine& e) {
    auto const act = line.command == "golden-copy status" ? &status : &reset;
    return e.run([&](engine& on) { return act(on, line); });
}

}  // namespace vanna::cli
