#include <sysexits.h>

#include <algorithm>
#include <fstream>

#include "core/ask/pair_import.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

constexpr auto store_limit = std::chrono::seconds(30);
constexpr auto import_limit = std::chrono::minutes(30);
constexpr std::size_t most_bytes = 4 << 20;

// One byte more than may be imported is enough to say that it is too long.
result<std::string> read_file(std::string const& path) {
    std::ifstream from(path, std::ios::binary);
    std::string out(most_bytes + 1, '\0');
    if (from) from.read(out.data(), std::streamsize(out.size()));
    if (from.bad() || (!from && !from.eof()))
        return error{errc::not_found, public_text{"the file " + path + " cannot be read"}};
    out.resize(std::size_t(from.gcount()));
    return out;
}

awaitable<int> export_pairs(engine& e, command_line const& line) {
    constexpr std::string_view states[] = {"approved", "proposed", "rejected", "stale", "all"};
    auto const state = line.get("state", "approved");
    if (std::ranges::find(states, state) == std::end(states))
        co_return fail(
            error{errc::invalid_input,
                  public_text{"--state " + state + ": expected approved, proposed, rejected, stale or all"}}),
            EX_USAGE;
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const found =
        co_await e.stores().knowledge->examples(state == "all" ? "" : state, after(store_limit));
    if (!found) co_return fail(found.error());
    if (auto ok = co_await e.note(e.entry("examples.export", "knowledge/examples", {{"state", state}})); !ok)
        co_return fail(ok.error());
    print(ask::write_pairs(*found));
    co_return 0;
}

awaitable<result<ask::import_report>> import_into(engine& e, ask::pair_file file, bool approve) {
    if (auto ok = co_await e.connect(); !ok) co_return ok.error();
    if (auto ok = co_await e.may_write(); !ok) co_return ok.error();
    if (auto ok = co_await open_target(e); !ok) co_return ok.error();
    std::vector<audit::entry> approvals;
    ask::import_how how{.by = e.actor().email, .approve = approve};
    how.approved = [&](ask::example const& pair) {
        approvals.push_back(
            e.entry("examples.approve", "knowledge/examples/" + to_string(pair.id), {{"by", "import"}}));
    };
    auto const attempt = e.entry("examples.import", "knowledge/examples",
                                 {{"pairs", file.pairs.size()}, {"approve", approve}});
    co_return co_await audited<ask::import_report>(
        e, attempt, [&]() -> awaitable<result<ask::import_report>> {
            auto done = co_await ask::import_pairs(*e.stores().knowledge, *e.shared().target, file.pairs, how,
                                                   after(import_limit));
            auto const told = co_await e.stores().audit->append(approvals, after(store_limit));
            if (!told && done) co_return told.error();
            co_return done;
        });
}

awaitable<int> import_pairs(engine& e, command_line const& line) {
    auto const text = read_file(line.words.at(0));
    if (!text) co_return fail(text.error());
    auto file = ask::read_pairs(*text, {.most_question_chars = e.settings().max_question_chars,
                                        .most_sql_bytes = e.settings().max_sql_bytes});
    if (!file.problems.empty()) {
        error wrong{errc::invalid_input, public_text{"nothing was imported: the file is not as expected"}};
        wrong.fields = std::move(file.problems);
        co_return fail(wrong);
    }
    auto const done = co_await import_into(e, std::move(file), line.has("approve"));
    if (!done) co_return fail(done.error());
    show(line, "pairs", {{"proposed", done->proposed}, {"approved", done->approved}, {"known", done->known}});
    co_return 0;
}

}  // namespace

int run_pairs(command_line const& line, engine& e) {
    auto const act = line.command == "pairs export" ? &export_pairs : &import_pairs;
    return e.run([&](engine& on) { return act(on, line); });
}

}  // namespace vanna::cli
