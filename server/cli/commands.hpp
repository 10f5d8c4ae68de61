// What each command does, given its command line and the settings (already free of problems where it needs
// them).
#pragma once
#include "server/cli/command_line.hpp"

namespace vanna::cli {

int run_config(command_line const& line, config::loaded const& loaded);
int run_version(command_line const& line);
int run_openapi();
int run_healthcheck(command_line const& line, config::settings const& s);

class engine;
int run_query(command_line const& line, engine& e);
int run_ask(command_line const& line, engine& e);
int run_user(command_line const& line, engine& e);
int run_golden_copy(command_line const& line, engine& e);
int run_backup(command_line const& line, engine& e);
int run_eval(command_line const& line, engine& e);
int run_pairs(command_line const& line, engine& e);
int run_train(command_line const& line, engine& e);

// Everything wrong with the settings on standard error; 78.
int report_problems(config::loaded const& loaded);

}  // namespace vanna::cli
