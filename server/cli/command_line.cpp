#include "server/cli/command_line.hpp"

#include <boost/program_options.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace vanna::cli {
namespace {

namespace po = boost::program_options;

constexpr command all[] = {
    {"serve", "", "run the server in the foreground until SIGTERM", "vanna-engine serve --port 8000", ""},
    {"init", "",
     "prepare the stores: migrations, ontology, first admin, demo data, golden copy, training; "
     "--check only says what it would do, --adopt takes over the older Python system's tables",
     "vanna-engine init --check", "check? only=STEP adopt? json?"},
    {"ask", "\"question\"", "answer a question from the target database",
     "vanna-engine ask \"how many customers are there\"", "json? limit=ROWS sql-only?"},
    {"query", "\"sql\"", "run one SQL statement under the server's guard",
     "vanna-engine query \"select count(*) from customers\"", "json? csv? limit=ROWS"},
    {"generate", "", "questions on standard input, one JSON object a line out; needs no store",
     "echo 'how many customers' | vanna-engine generate --target sqlite:////srv/shop.db", "target=URL"},
    {"backup create", "",
     "archive the System DB, the vectors and the target file in BACKUP_DIR; --adopt-folder makes that the "
     "folder of backups from now on",
     "vanna-engine backup create --json", "json? adopt-folder?"},
    {"backup list", "", "the backup sets, and which the next backup keeps or deletes, and why",
     "vanna-engine backup list", "json?"},
    {"backup verify", "BACKUP",
     "read all of it again and compare; --drill restores it into scratch stores as well",
     "vanna-engine backup verify backup_2026-11-26_14:05:09 --drill", "drill? json?"},
    {"backup restore", "BACKUP",
     "put a backup in place of everything current, after a safety backup of that; --trust: even if another "
     "machine signed it",
     "vanna-engine backup restore backup_2026-11-26_14:05:09 --confirm", "confirm? trust? json?"},
    {"backup delete", "BACKUP", "remove one set for good",
     "vanna-engine backup delete backup_2026-11-26_14:05:09 --confirm", "json? confirm?"},
    {"golden-copy status", "", "what the runtime copy is and whether it is whole",
     "vanna-engine golden-copy status --json", "json?"},
    {"golden-copy reset", "", "take a fresh copy of the source on every replica",
     "vanna-engine golden-copy reset --confirm", "json? confirm?"},
    {"train", "", "bring the knowledge base up to date with schema, values, terms and verified pairs",
     "vanna-engine train --json", "json?"},
    {"eval", "",
     "ask the question of each verified pair without the pair, and compare the rows: how well the "
     "answers do",
     "vanna-engine eval --json", "json?"},
    {"pairs export", "", "verified pairs as YAML on standard output: the approved ones, or those of --state",
     "vanna-engine pairs export > pairs.yaml", "state=STATE"},
    {"pairs import", "FILE",
     "take pairs from a YAML file as proposals, or with --approve as approved; all of them or, where one "
     "does "
     "not fit, none",
     "vanna-engine pairs import pairs.yaml --approve", "approve? json?"},
    {"user create", "EMAIL", "add a user; the password is read from standard input",
     "vanna-engine user create ann@example.com --role analyst < password.txt", "role=ROLE name=NAME json?"},
    {"user list", "", "all users", "vanna-engine user list --json", "json?"},
    {"user reset-password", "EMAIL", "print a single-use token, valid for 30 minutes",
     "vanna-engine user reset-password ann@example.com", "json?"},
    {"config show", "", "every setting, its value (secrets masked) and where it comes from",
     "vanna-engine config show --json", "json?"},
    {"config check", "", "report everything wrong with the settings and exit 78, or say they are good",
     "vanna-engine config check --env-file config/production.env", ""},
    {"config example", "", "print config/.env.example", "vanna-engine config example > config/.env.example",
     ""},
    {"config table", "", "print the README's table of settings", "vanna-engine config table", ""},
    {"openapi", "", "print the OpenAPI 3.1 document", "vanna-engine openapi > openapi.json", ""},
    {"healthcheck", "", "exit 0 when the server on HOST:PORT is alive (--ready: fit for traffic)",
     "vanna-engine healthcheck --ready", "ready?"},
    {"version", "", "print the version", "vanna-engine version", "json?"},
};

std::string option_of(std::string_view setting) {
    std::string out;
    for (char c : setting)
        out += c == '_' ? '-' : char(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

command const* find_command(std::vector<std::string> const& words, std::size_t& used) {
    for (auto const& c : all) {
        std::istringstream parts{std::string(c.name)};
        std::size_t n = 0;
        bool same = true;
        for (std::string part; parts >> part; ++n)
            same = same && n < words.size() && words[n] == part;
        if (same) return used = n, &c;
    }
    return nullptr;
}

void add_flags(po::options_description& options, std::string_view flags) {
    std::istringstream parts{std::string(flags)};
    for (std::string part; parts >> part;) {
        if (part.ends_with('?'))
            options.add_options()(part.substr(0, part.size() - 1).c_str(), po::bool_switch());
        else
            options.add_options()(part.substr(0, part.find('=')).c_str(), po::value<std::string>());
    }
}

std::string synopsis(command const& c) {
    std::string out = "vanna-engine " + std::string(c.name);
    if (!c.words.empty()) (out += ' ') += c.words;
    std::istringstream parts{std::string(c.flags)};
    for (std::string part; parts >> part;) {
        auto const value = part.find('=');
        out += value == part.npos ? " [--" + part.substr(0, part.size() - 1) + "]"
                                  : " [--" + part.substr(0, value) + " " + part.substr(value + 1) + "]";
    }
    return out;
}

// The words before the first option tell the command, and with it which flags there are.
std::vector<std::string> leading_words(int argc, char const* const* argv) {
    std::vector<std::string> out;
    for (int i = 1; i < argc && argv[i][0] != '-'; ++i)
        out.push_back(argv[i]);
    return out;
}

std::string default_env_file() {
    if (char const* named = std::getenv("VANNA_ENV_FILE"); named && *named) return named;
    return std::filesystem::exists(".env") ? ".env" : "";
}

void take_words(command_line& out, command const* chosen, std::vector<std::string> const& leading) {
    if (!chosen) {
        if (out.problem.empty() && !leading.empty())
            out.problem = "there is no command \"" + leading.front() + "\"";
    } else if (out.problem.empty() && chosen->words.empty() && !out.words.empty()) {
        out.problem = "\"" + out.words.front() + "\" is one word too many";
    } else if (out.problem.empty() && !chosen->words.empty() && out.words.size() != 1 && !out.help) {
        out.problem = "expected " + std::string(chosen->words);
    }
}

}  // namespace

std::string command_line::get(std::string const& flag, std::string otherwise) const {
    auto const found = flags.find(flag);
    return found == flags.end() ? otherwise : found->second;
}

std::span<command const> commands() {
    return all;
}

command_line parse(int argc, char const* const* argv) {
    command_line out;
    std::size_t used = 0;
    auto const leading = leading_words(argc, argv);
    auto const* chosen = find_command(leading, used);

    po::options_description options;
    options.add_options()("help,h", po::bool_switch())("env-file", po::value<std::string>())(
        "words", po::value<std::vector<std::string>>());
    for (auto const& d : config::definitions())
        options.add_options()(option_of(d.name).c_str(), po::value<std::string>());
    if (chosen) add_flags(options, chosen->flags);
    po::positional_options_description positional;
    positional.add("words", -1);
    po::variables_map given;
    try {
        po::store(po::command_line_parser(argc, argv)
                      .options(options)
                      .positional(positional)
                      .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                      .run(),
                  given);
    } catch (po::error const& e) {
        out.problem = e.what();
    }
    out.help = given.contains("help") && given["help"].as<bool>();
    out.env_file = given.contains("env-file") ? given["env-file"].as<std::string>() : default_env_file();
    if (given.contains("words")) {
        auto const& found = given["words"].as<std::vector<std::string>>();
        out.words.assign(found.begin() + std::ptrdiff_t(std::min(used, found.size())), found.end());
    }
    for (auto const& d : config::definitions())
        if (auto const name = option_of(d.name); given.contains(name))
            out.settings[std::string(d.name)] = given[name].as<std::string>();
    if (chosen) {
        out.command = chosen->name;
        std::istringstream parts{std::string(chosen->flags)};
        for (std::string part; parts >> part;) {
            auto const name = part.substr(0, part.find_first_of("?="));
            if (!given.contains(name)) continue;
            if (!part.ends_with('?'))
                out.flags[name] = given[name].as<std::string>();
            else if (given[name].as<bool>())
                out.flags[name] = "true";
        }
    }
    take_words(out, chosen, leading);
    return out;
}

std::string help_text(std::string_view name) {
    std::string list;
    for (auto const& c : all) {
        if (c.name == name)
            return "usage: " + synopsis(c) + "\n\n" + std::string(c.help) +
                   "\n\nexample: " + std::string(c.example) +
                   "\n\nEvery setting is an option too; `vanna-engine --help` lists them.\n";
        auto line = "  " + std::string(c.name) + (c.words.empty() ? "" : " " + std::string(c.words));
        list += line + std::string(line.size() < 28 ? 28 - line.size() : 1, ' ') + std::string(c.help) + "\n";
    }
    std::string out =
        "vanna-engine: answers questions about a business database, exactly and under control\n\n"
        "usage: vanna-engine COMMAND [--env-file FILE] [--setting VALUE …]\n\n"
        "commands (COMMAND --help shows an example):\n" +
        list + "\nsettings, also from the environment or an env file as NAME=value:\n";
    std::string secrets;
    for (auto const& d : config::definitions()) {
        if (d.secret) {
            secrets += " " + std::string(d.name);
            continue;
        }
        auto line = "  --" + option_of(d.name);
        out += line + std::string(line.size() < 34 ? 34 - line.size() : 1, ' ') + std::string(d.help) +
               (d.default_value.empty() ? "" : " [" + std::string(d.default_value) + "]") + "\n";
    }
    return out + "\nsecrets come from the environment, an env file, or NAME_FILE=/path only:\n " + secrets +
           "\n\nexit codes: 0 done, 64 wrong use, 65 bad input, 69 a store is away, 70 a bug, 75 try again, "
           "77 not allowed, 78 wrong settings, 130 ended at once by a second signal\n";
}

}  // namespace vanna::cli
