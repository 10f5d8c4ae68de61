#include <sysexits.h>

#include "server/app/backup_control.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/local_jobs.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

namespace json = boost::json;

constexpr auto step_limit = std::chrono::seconds(30);

int show_job(command_line const& line, result<jobs::job> const& done) {
    if (!done) return fail(done.error());
    show(line, "backup", json::parse(done->result));
    return 0;
}

awaitable<int> create(engine& e, command_line const& line) {
    auto chroma = chroma_of(e);
    std::optional<app::backup_control> control;
    co_return show_job(line,
                       co_await run_job(e, e.entry("backup.create", "backups"), [&](jobs::scheduler& on) {
                           control.emplace(e.executor(), e.shared(), e.stores(), chroma, on);
                           if (line.has("adopt-folder")) control->adopt_folder();
                           return control->create(e.actor().email, after(step_limit));
                       }));
}

awaitable<int> list(engine& e, command_line const& line) {
    auto chroma = chroma_of(e);
    local_jobs jobs(e);
    app::backup_control control(e.executor(), e.shared(), e.stores(), chroma, jobs.scheduler());
    auto const sets = co_await control.retention(after(step_limit));
    if (!sets) co_return fail(sets.error());
    if (auto ok = co_await e.note(e.entry("backup.list", "backups")); !ok) co_return fail(ok.error());
    if (line.has("json")) {
        print(json::serialize(*sets) + "\n");
        co_return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (auto const& set : *sets) {
        auto const& s = set.as_object();
        rows.push_back({cell(s.at("id")), cell(s.at("size")), cell(s.at("verified_at")),
                        cell(s.at("drilled_at")), s.at("keep").as_bool() ? "keep" : "delete",
                        cell(s.at("rule"))});
    }
    print(table({"backup", "bytes", "verified", "drilled", "next", "because it is"}, rows));
    co_return 0;
}

awaitable<int> verify(engine& e, command_line const& line) {
    auto chroma = chroma_of(e);
    std::optional<app::backup_control> control;
    auto const& id = line.words.front();
    auto const done = co_await run_job(
        e, e.entry("backup.verify", "backups/" + id, {{"drill", line.has("drill")}}),
        [&](jobs::scheduler& on) {
            control.emplace(e.executor(), e.shared(), e.stores(), chroma, on);
            return control->verify(id, line.has("drill"), e.actor().email, after(step_limit));
        });
    co_return show_job(line, done);
}

awaitable<int> restore(engine& e, command_line const& line) {
    auto const& id = line.words.front();
    if (!line.has("confirm"))
        co_return fail(
            error{errc::bad_request,
                  public_text{id + " would replace everything that is current, and everybody would log "
                                   "in again; add --confirm to do it"}}),
            EX_USAGE;
    auto chroma = chroma_of(e);
    std::optional<app::backup_control> control;
    auto const done = co_await run_job(
        e, e.entry("backup.restore", "backups/" + id, {{"trust", line.has("trust")}}),
        [&](jobs::scheduler& on) {
            control.emplace(e.executor(), e.shared(), e.stores(), chroma, on);
            return control->restore(id, line.has("trust"), e.actor().email, after(step_limit));
        });
    co_return show_job(line, done);
}

awaitable<int> remove(engine& e, command_line const& line) {
    auto const& id = line.words.front();
    if (!line.has("confirm"))
        co_return fail(error{errc::bad_request,
                             public_text{id + " would be gone for good; add --confirm to delete it"}}),
            EX_USAGE;
    auto chroma = chroma_of(e);
    local_jobs jobs(e);
    app::backup_control control(e.executor(), e.shared(), e.stores(), chroma, jobs.scheduler());
    auto const done = co_await audited<bool>(
        e, e.entry("backup.delete", "backups/" + id), [&]() -> awaitable<result<bool>> {
            auto const gone = co_await control.remove(id, after(step_limit));
            if (!gone) co_return gone.error();
            co_return true;
        });
    if (!done) co_return fail(done.error());
    if (line.has("json"))
        print(json::serialize(json::object{{"deleted", id}}) + "\n");
    else
        print("deleted " + id + "\n");
    co_return 0;
}

}  // namespace

int run_backup(command_line const& line, engine& e) {
    auto const act = line.command == "backup create"    ? &create
                     : line.command == "backup list"    ? &list
                     : line.command == "backup verify"  ? &verify
                     : line.command == "backup restore" ? &restore
                                                        : &remove;
    return e.run([&, act](engine& on) -> awaitable<int> {
        if (auto ok = co_await on.connect(); !ok) co_return fail(ok.error());
        co_return co_await act(on, line);
    });
}

}  // namespace vanna::cli
