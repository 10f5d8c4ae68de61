#include <malloc.h>
#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

#include "core/log.hpp"
#include "db/sqlite/file_schema.hpp"
#include "server/app/serve.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/generate.hpp"
#include "server/cli/init.hpp"
#include "server/cli/output.hpp"

namespace {

using namespace vanna;

void configure_log(config::settings const& s, bool serving) {
    auto const level = s.log_level == "debug"   ? log::level::debug
                       : s.log_level == "warn"  ? log::level::warn
                       : s.log_level == "error" ? log::level::error
                                                : log::level::info;
    auto const format = s.log_format != "auto" ? s.log_format : isatty(STDERR_FILENO) ? "text" : "json";
    auto const file = s.log_dir.empty() ? "" : s.log_dir + (serving ? "/app.log" : "/init.log");
    log::configure(serving || s.debug ? level : log::level::warn, format, file);
}

int dispatch(cli::command_line const& line) {
    config::sources from{.command_line = line.settings,
                         .environment = config::known_environment(),
                         .live_rows = {},
                         .env_file = line.env_file};
    auto loaded = config::load(from);
    for (auto const& w : loaded.warnings)
        std::fprintf(stderr, "warning: %s\n", w.c_str());
    if (line.command.starts_with("config ")) return cli::run_config(line, loaded);
    if (!loaded.problems.empty()) return cli::report_problems(loaded);
    configure_log(loaded.values, line.command == "serve");
    if (line.command == "healthcheck") return cli::run_healthcheck(line, loaded.values);
    if (line.command == "serve") return app::serve(std::move(loaded), std::move(from));
    use_timezone(loaded.values.target_timezone);
    if (line.command == "generate")
        return cli::run_generate(line.get("target"), sqlite::read_file_schema, local_today(), std::cin,
                                 std::cout, std::cerr);
    cli::engine engine(std::move(loaded), std::move(from));
    if (line.command == "init") return cli::run_init(line, engine);
    if (line.command == "query") return cli::run_query(line, engine);
    if (line.command == "ask") return cli::run_ask(line, engine);
    if (line.command.starts_with("user ")) return cli::run_user(line, engine);
    if (line.command.starts_with("golden-copy ")) return cli::run_golden_copy(line, engine);
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
