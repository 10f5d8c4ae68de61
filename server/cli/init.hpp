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

struct step {
    std::string_view name;
    std::string_view group;  // what --only names it by: system-db, golden-copy, training
    bool critical;
    // `check` changes nothing and says what would be done.
    awaitable<result<step_outcome>> (*run)(engine& e, bool check);
    bool needs_tables = false;  // skipped while migrations are pending, which only a check leaves so
};

std::span<step const> init_steps();
int run_init(command_line const& line, engine& e);

}  // namespace vanna::cli
