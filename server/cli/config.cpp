#include <sysexits.h>

#include <cstdio>

#include "server/cli/commands.hpp"
#include "server/cli/output.hpp"
#include "server/web/files.hpp"

namespace vanna::cli {
namespace {

std::string_view origin_of(config::loaded const& l, config::definition const& d) {
    auto const found = l.origins.find(d.name);
    return config::to_string(found == l.origins.end() ? config::origin::built_in : found->second);
}

void show(command_line const& line, config::loaded const& loaded) {
    if (line.has("json")) {
        boost::json::object out;
        for (auto const& d : config::definitions())
            out[d.name] = {{"value", config::show(loaded.values, d)},
                           {"origin", origin_of(loaded, d)},
                           {"live", d.live},
                           {"secret", d.secret}};
        return print(boost::json::serialize(out) + "\n");
    }
    std::vector<std::vector<std::string>> rows;
    for (auto const& d : config::definitions())
        rows.push_back(
            {std::string(d.name), config::show(loaded.values, d), std::string(origin_of(loaded, d))});
    print(table({"setting", "value", "from"}, rows));
}

}  // namespace

int report_problems(config::loaded const& loaded) {
    std::fprintf(stderr, "vanna-engine: %zu wrong setting%s\n", loaded.problems.size(),
                 loaded.problems.size() == 1 ? "" : "s");
    for (auto const& p : loaded.problems)
        std::fprintf(stderr, "  %s %s\n", p.name.c_str(), p.message.c_str());
    return EX_CONFIG;
}

int run_config(command_line const& line, config::loaded const& loaded) {
    if (line.command == "config example") return print(config::env_example()), 0;
    if (line.command == "config table") return print(config::markdown_table()), 0;
    if (line.command == "config show") show(line, loaded);
    if (!loaded.problems.empty()) return report_problems(loaded);
    if (line.command == "config check") print("the settings are good\n");
    return 0;
}

int run_version(command_line const& line) {
    print(line.has("json") ? boost::json::serialize(boost::json::object{{"version", VANNA_VERSION}}) + "\n"
                           : "vanna-engine " VANNA_VERSION "\n");
    return 0;
}

int run_openapi() {
    for (auto const& f : web::files())
        if (f.name == "openapi.json") print(std::string(f.bytes));
    return 0;
}

}  // namespace vanna::cli
