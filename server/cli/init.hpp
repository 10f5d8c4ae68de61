// `vanna-engine init`: the steps that make the stores ready, each idempotent, each printed with its outcome
// and time. What is critical ends it with the step's exit code; what is optional warns and goes on. Two at
// once: one waits.
#pragma once
#include "server/cli/commands.hpp"
#include "server/cli/engine.hpp"

namespace vanna::cli {

struct step_outcome {
    enum class kind {
        done,
        unchanged,
        skipped,
        pending
    } what = kind::done;  // pending: --check found work to do
    std::string text;
};

struct init_mode {
    bool check = false;  // change nothing, say what would be done
    bool adopt = false;  // take over the tables of the older Python system
};

struct step {
    std::string_view name;
    std::string_view group;  // what --only names it by: system-db, golden-copy, training; or adopt
    bool critical;
    awaitable<result<step_outcome>> (*run)(engine& e, init_mode how);
    bool needs_tables = false;  // skipped while migrations are pending, which only a check leaves so
};

std::span<step const> init_steps();
int run_init(command_line const& line, engine& e);

}  // namespace vanna::cli
