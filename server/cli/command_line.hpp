// The command line: a command, its words and flags, and settings as options (--query-max-rows 50 is
// QUERY_MAX_ROWS). Boost.Program_options parses; this file knows which commands there are and what --help
// says of each.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace vanna::cli {

struct command_line {
    std::string command;             // "serve", "user create", …; empty: none given
    std::vector<std::string> words;  // what stands after it
    std::map<std::string, std::string>
        flags;                     // of this command: "json", "limit", …; a switch has the value "true"
    config::name_values settings;  // by setting name
    std::string env_file;
    std::string problem;  // not empty: wrong use; say it and exit 64
    bool help = false;

    bool has(std::string const& flag) const { return flags.contains(flag); }
    std::string get(std::string const& flag, std::string otherwise = {}) const;
};

struct command {
    std::string_view name, words, help, example;
    std::string_view flags;  // "json? limit=N": a name with ? is a switch, with = takes a value
};
std::span<command const> commands();

command_line parse(int argc, char const* const* argv);
// The whole page, or that of one command, with its example.
std::string help_text(std::string_view command);

}  // namespace vanna::cli
