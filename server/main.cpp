#include <malloc.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

#include "core/log.hpp"
#include "server/app/serve.hpp"
#include "server/app/settings_check.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/generate.hpp"
#include "server/cli/init.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_schema.hpp"

namespace {

using namespace vanna;

// The files of LOG_DIR are the server's and init's; other commands may be run by anybody.
void configure_log(config::settings const& s, std::string const& command) {
    bool const serving = command == "serve";
    auto const level = s.log_level == "debug"   ? log::level::debug
                       : s.log_level == "warn"  ? log::level::warn
                       : s.log_level == "error" ? log::level::error
                                                : log::level::info;
    auto const format = s.log_format != "auto" ? s.log_format : isatty(STDERR_FILENO) ? "text" : "json";
    bool const to_file = !s.log_dir.empty() && (serving || command == "init");
    auto const file = to_file ? s.log_dir + (serving ? "/app.log" : "/init.log") : std::string();
    log::configure(serving || s.debug ? level : log::level::warn, format, file);
}

// What the engine writes belongs to one account, and what it runs for strangers must not be able to write
// everything: the server and whatever makes its files refuse to be root.
bool must_not_be_root(std::string const& command) {
    for (auto one : {"serve", "init", "golden-copy reset", "backup create", "backup verify", "backup restore",
                     "backup delete", "train", "eval", "pairs import", "ask", "query"})
        if (command == one) return true;
    return false;
}

int refuse_root(std::string const& command) {
    std::fprintf(
        stderr,
        "vanna-engine: %s is never run as root. Use an account of its own: ./run.sh and ./db_init.sh do, "
        "or setpriv --reuid=USER --regid=USER --clear-groups vanna-engine %s; in a container set USER\n",
        command.c_str(), command.c_str());
    return EX_NOPERM;
}

int dispatch(cli::command_line const& line) {
    if (geteuid() == 0 && must_not_be_root(line.command)) return refuse_root(line.command);
    config::sources const from{.command_line = line.settings,
                               .environment = config::known_environment(),
                               .live_rows = {},
                               .env_file = line.env_file};
    auto loaded = config::load(from);
    bool const inspects = line.command.starts_with("config "), serves = line.command == "serve";
    app::check_settings(loaded, inspects ? app::use::inspecting
                                : serves ? app::use::serving
                                         : app::use::command);
    bool const logs = serves && loaded.problems.empty();
    for (auto const& w : loaded.warnings)
        if (!logs) std::fprintf(stderr, "warning: %s\n", w.c_str());
    if (inspects) return cli::run_config(line, loaded);
    if (!loaded.problems.empty()) return cli::report_problems(loaded);
    if (line.command == "healthcheck") return cli::run_healthcheck(line, loaded.values);
    configure_log(loaded.values, line.command);
    for (auto const& w : loaded.warnings)
        if (logs) log::warn(w);
    if (serves) return app::serve(std::move(loaded));
    if (line.command == "generate")
        return cli::run_generate(line.get("target"), cli::read_target_schema, local_today(), std::cin,
                                 std::cout);
    cli::engine engine(std::move(loaded));
    if (line.command == "init") return cli::run_init(line, engine);
    if (line.command == "query") return cli::run_query(line, engine);
    if (line.command == "ask") return cli::run_ask(line, engine);
    if (line.command.starts_with("user ")) return cli::run_user(line, engine);
    if (line.command.starts_with("golden-copy ")) return cli::run_golden_copy(line, engine);
    if (line.command.starts_with("backup ")) return cli::run_backup(line, engine);
    if (line.command == "eval") return cli::run_eval(line, engine);
    if (line.command.starts_with("pairs ")) return cli::run_pairs(line, engine);
    if (line.command == "train") return cli::run_train(line, engine);
    std::fprintf(stderr, "vanna-engine: no command %s\n", line.command.c_str());
    return EX_USAGE;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    // A number of one's own stops the C library from raising it to the largest block ever freed, after which
    // large results would stay in its heaps for good.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    auto const line = cli::parse(argc, argv);
    if (line.help || (line.command.empty() && line.problem.empty())) {
        cli::print(cli::help_text(line.command));
        return line.help ? 0 : EX_USAGE;
    }
    if (!line.problem.empty()) {
        std::fprintf(stderr, "vanna-engine: %s\nTry: vanna-engine %s --help\n", line.problem.c_str(),
                     line.command.c_str());
        return EX_USAGE;
    }
    if (line.command == "version") return cli::run_version(line);
    if (line.command == "openapi") return cli::run_openapi();
    try {
        return dispatch(line);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "vanna-engine: %s\n", e.what());
        return EX_SOFTWARE;
    }
}
