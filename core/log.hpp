// Structured log: one JSON object a line, or text on a terminal, with the request id where there is one.
// Thread-safe, buffered per process (flushed each second and at warnings). No statement literal above debug,
// no token ever.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace vanna::log {

enum class level { debug, info, warn, error };

struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, std::string const& v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, char const* v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, bool v) : name(n), value(v) {}
    field(std::string_view n, double v) : name(n), value(v) {}
    template <std::integral T>
    field(std::string_view n, T v) : name(n), value(std::int64_t(v)) {}
};

// Where and how: `format` "json" or "text", `file` empty for standard error. Call once before threads start;
// throws when the file cannot be opened. reopen() after a rotation (SIGHUP), from any thread: keeps what is
// open, and logs why, when that fails.
void configure(level least, std::string_view format, std::string const& file);
void reopen();
void flush();
void set_level(level least);
bool enabled(level l);

void write(level l, std::string_view message, std::initializer_list<field> fields);
inline void debug(std::string_view m, std::initializer_list<field> f = {}) {
    write(level::debug, m, f);
}
inline void info(std::string_view m, std::initializer_list<field> f = {}) {
    write(level::info, m, f);
}
inline void warn(std::string_view m, std::initializer_list<field> f = {}) {
    write(level::warn, m, f);
}
inline void error(std::string_view m, std::initializer_list<field> f = {}) {
    write(level::error, m, f);
}

}  // namespace vanna::log
