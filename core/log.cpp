#include "core/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/clock.hpp"
#include "core/sql/utf8.hpp"

namespace vanna::log {
namespace {

spdlog::sink_ptr open_sink(std::string const& file) {
    spdlog::sink_ptr sink;
    if (file.empty())
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    sink->set_pattern("%v");
    return sink;
}

// spdlog owns levels, sinks, locking and files; a line is formatted here because its pattern language has no
// fields. The logger stays the same for life, so that any thread may use it; `output` locks while its sink is
// replaced.
struct state {
    std::shared_ptr<spdlog::sinks::dist_sink_mt> output = std::make_shared<spdlog::sinks::dist_sink_mt>();
    std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>("vanna", output);
    std::string file;
    bool json = true;

    state() {
        output->add_sink(open_sink({}));
        logger->flush_on(spdlog::level::warn);
        spdlog::set_default_logger(logger);
    }
};

state& current() {
    static state s;
    return s;
}

spdlog::level::level_enum to_spdlog(level l) {
    switch (l) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

constexpr std::string_view names[] = {"debug", "info", "warn", "error"};

// JSON is UTF-8, and what a stranger sends need not be: what is ill-formed becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out.push_back('"');
    while (!text.empty()) {
        auto const [length, valid] = sql::next_utf8(text);
        char const c = text.front();
        auto const u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (is_control(c)) {
            out += "\\u00";
            out.push_back(hex[u >> 4]);
            out.push_back(hex[u & 15]);
        } else {
            out += valid ? text.substr(0, length) : sql::replacement_character;
        }
        text.remove_prefix(length);
    }
    out.push_back('"');
}

bool needs_quotes(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c == ' ' || c == '"' || is_control(c); });
}

void append_value(std::string& out, field const& f, bool json) {
    std::visit(
        [&]<class T>(T const& v) {
            if constexpr (std::is_same_v<T, std::string_view>) {
                if (json || needs_quotes(v))
                    append_json_string(out, v);
                else
                    out += v;
            } else if constexpr (std::is_same_v<T, bool>) {
                out += v ? "true" : "false";
            } else if constexpr (std::is_same_v<T, double>) {
                out += std::isfinite(v) ? fmt::format("{}", v) : "null";
            } else {
                out += fmt::format("{}", v);
            }
        },
        f.value);
}

}  // namespace

void configure(level least, std::string_view format, std::string const& file) {
    auto& s = current();
    s.output->set_sinks({open_sink(file)});
    s.json = format != "text";
    s.file = file;
    set_level(least);
    spdlog::flush_every(std::chrono::seconds(1));
}

void reopen() {
    auto& s = current();
    try {
        s.output->set_sinks({open_sink(s.file)});
    } catch (spdlog::spdlog_ex const& e) {
        error("the log file cannot be opened again; what was open stays in use",
              {{"file", s.file}, {"error", e.what()}, {"hint", "mend LOG_DIR, then send SIGHUP once more"}});
    }
}

void flush() {
    current().logger->flush();
}
void set_level(level least) {
    current().logger->set_level(to_spdlog(least));
}
bool enabled(level l) {
    return current().logger->should_log(to_spdlog(l));
}

void write(level l, std::string_view message, std::initializer_list<field> fields) {
    auto& s = current();
    if (!s.logger->should_log(to_spdlog(l))) return;
    std::string line;
    line.reserve(256);
    if (s.json) {
        line += R"({"time":")";
        line += to_rfc3339(now());
        line += R"(","level":")";
        line += names[std::size_t(l)];
        line += R"(","message":)";
        append_json_string(line, message);
        for (auto const& f : fields) {
            line += ",\"";
            line += f.name;
            line += "\":";
            append_value(line, f, true);
        }
        line += '}';
    } else {
        line += fmt::format("{} {:5} {}", to_rfc3339(now()).substr(11, 12), names[std::size_t(l)], message);
        for (auto const& f : fields) {
            line += ' ';
            line += f.name;
            line += '=';
            append_value(line, f, false);
        }
    }
    s.logger->log(to_spdlog(l), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace vanna::log
