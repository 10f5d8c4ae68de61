#include "server/cli/init.hpp"

#include <sysexits.h>

#include <cstdio>

#include "db/postgres/migrate.hpp"
#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

constexpr std::string_view words[] = {"done", "unchanged", "skipped", "pending"};

int exit_of(error const& e) {
    for (auto type :
         {"wrong-settings", "migration-changed", "older-system", "foreign-tables", "schema-mismatch"})
        if (e.type == type) return EX_CONFIG;
    return exit_code(e);
}

struct told {
    std::string_view step, outcome;
    std::string text;
    double seconds = 0;
};

void tell(told const& t) {
    std::fprintf(stdout, "%-10s %-16.*s %6.2f s  %s\n", std::string(t.outcome).c_str(), int(t.step.size()),
                 t.step.data(), t.seconds, t.text.c_str());
    std::fflush(stdout);
}

bool is_wanted(step const& s, init_mode how, std::string const& only) {
    if (s.group == "adopt") return how.adopt;
    return only.empty() || s.group == only || s.group == "always";
}

// All steps one after another under the cluster's lock of init; the exit code of the first critical failure.
awaitable<int> run_steps(engine& e, init_mode how, std::string only, bool json) {
    boost::json::array report;
    int status = 0;
    bool changed = false, validated = false;
    for (auto const& s : init_steps()) {
        if (!is_wanted(s, how, only)) continue;
        auto const began = std::chrono::steady_clock::now();
        result<step_outcome> outcome = step_outcome{step_outcome::kind::skipped, "after the migrations"};
        if (validated || !s.needs_tables) outcome = co_await s.run(e, how);
        if (s.name == "validation") validated = outcome && outcome->what != step_outcome::kind::skipped;
        told t{.step = s.name,
               .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()};
        if (outcome) {
            t.outcome = words[std::size_t(outcome->what)];
            t.text = outcome->text;
            changed = changed || outcome->what == step_outcome::kind::done;
        } else {
            t.outcome = s.critical ? "FAILED" : "warning";
            t.text = outcome.error().message;
            if (!outcome.error().detail.empty()) t.text += " (" + outcome.error().detail + ")";
        }
        if (!json) tell(t);
        report.push_back(boost::json::object{
            {"step", t.step}, {"outcome", t.outcome}, {"text", t.text}, {"seconds", t.seconds}});
        if (!outcome && s.critical) {
            status = exit_of(outcome.error());
            break;
        }
    }
    if (json)
        print(boost::json::serialize(boost::json::object{
                  {"steps", std::move(report)}, {"changed", changed}, {"ok", status == 0}}) +
              "\n");
    else if (status != 0)
        std::fprintf(stderr,
                     "init stopped at the step that failed; put it right and run init again: what is done "
                     "stays done\n");
    else
        print(how.check ? "checked; nothing was changed\n"
              : changed ? "ready\n"
                        : "ready; nothing had to be changed\n");
    co_return status;
}

}  // namespace

int run_init(command_line const& line, engine& e) {
    auto const only = line.get("only");
    if (!only.empty() && only != "system-db" && only != "golden-copy" && only != "training") {
        std::fprintf(stderr, "vanna-engine: --only %s: expected system-db, golden-copy or training\n",
                     only.c_str());
        return EX_USAGE;
    }
    init_mode const how{.check = line.has("check"), .adopt = line.has("adopt")};
    if (how.adopt && !only.empty() && only != "system-db") {
        std::fprintf(stderr, "vanna-engine: --adopt goes with all steps or with --only system-db\n");
        return EX_USAGE;
    }
    return e.run([&](engine& on) { return run_steps(on, how, only, line.has("json")); });
}

}  // namespace vanna::cli
