#include "server/cli/output.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <cstdio>

namespace vanna::cli {
namespace {

constexpr std::size_t widest = 60;

// Characters, not bytes: continuation bytes do not count.
std::size_t width(std::string_view text) {
    return std::size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string shortened(std::string_view text) {
    std::string out;
    std::size_t shown = 0;
    for (char c : text) {
        if ((c & 0xC0) != 0x80 && ++shown == widest) return out + "…";
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return out;
}

bool numeric(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789+-.eE") == text.npos;
}

void append_line(std::string& out, std::vector<std::string> const& cells,
                 std::vector<std::size_t> const& widths, std::vector<bool> const& right) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::string const pad(widths[i] - std::min(widths[i], width(cells[i])), ' ');
        if (i) out += "  ";
        out += right[i] ? pad + cells[i] : cells[i] + (i + 1 < cells.size() ? pad : "");
    }
    out += '\n';
}

}  // namespace

std::string cell(boost::json::value const& v) {
    if (v.is_null()) return "";
    return v.is_string() ? std::string(v.get_string()) : boost::json::serialize(v);
}

std::string table(std::vector<std::string> const& header, std::vector<std::vector<std::string>> const& rows) {
    std::vector<std::vector<std::string>> shown{{}};
    for (auto const& h : header)
        shown[0].push_back(shortened(h));
    for (auto const& row : rows) {
        auto& line = shown.emplace_back();
        for (std::size_t i = 0; i < header.size(); ++i)
            line.push_back(i < row.size() ? shortened(row[i]) : "");
    }
    std::vector<std::size_t> widths(header.size());
    std::vector<bool> right(header.size(), !rows.empty());
    for (std::size_t r = 0; r < shown.size(); ++r)
        for (std::size_t i = 0; i < header.size(); ++i) {
            widths[i] = std::max(widths[i], width(shown[r][i]));
            if (r > 0 && !shown[r][i].empty() && !numeric(shown[r][i])) right[i] = false;
        }
    std::string out;
    append_line(out, shown[0], widths, right);
    std::vector<std::string> rule;
    for (auto w : widths)
        rule.emplace_back(w, '-');
    append_line(out, rule, widths, right);
    for (std::size_t r = 1; r < shown.size(); ++r)
        append_line(out, shown[r], widths, right);
    return out;
}

void print(std::string const& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void show(command_line const& line, std::string title, boost::json::value const& what) {
    if (line.has("json")) return print(boost::json::serialize(what) + "\n");
    std::vector<std::vector<std::string>> rows;
    for (auto const& [name, value] : what.as_object())
        rows.push_back({std::string(name), cell(value)});
    print(table({std::move(title), ""}, rows));
}

progress_line::progress_line(std::string what)
    : what_(std::move(what)), on_terminal_(isatty(STDERR_FILENO)) {}

void progress_line::at(std::string_view stage, int percent) {
    if (!on_terminal_) return;
    constexpr std::size_t full = 30;
    auto const done = std::size_t(std::clamp(percent, 0, 100)) * full / 100;
    auto const bar = std::string(done, '#') + std::string(full - done, '.');
    std::fprintf(stderr, "\r\x1b[K%s [%s] %3d %% %.*s", what_.c_str(), bar.c_str(), percent,
                 int(stage.size()), stage.data());
    std::fflush(stderr);
    shown_ = true;
}

void progress_line::clear() {
    if (std::exchange(shown_, false)) std::fprintf(stderr, "\r\x1b[K");
}

int exit_code(errc code) {
    switch (code) {
        case errc::invalid_input:
        case errc::bad_request:
        case errc::not_found:
        case errc::too_large:
        case errc::query_refused:
        case errc::query_invalid:
        case errc::query_too_large:
            return EX_DATAERR;
        case errc::conflict:
        case errc::rate_limited:
        case errc::overloaded:
        case errc::deadline_exceeded:
        case errc::cancelled:
            return EX_TEMPFAIL;
        case errc::unauthenticated:
        case errc::forbidden:
            return EX_NOPERM;
        case errc::unavailable:
            return EX_UNAVAILABLE;
        case errc::internal:
            return EX_SOFTWARE;
    }
    return EX_SOFTWARE;
}

// A conflict, but one that only other settings or another mount end.
int exit_code(error const& e) {
    return e.type == "backup-folder" || e.type == "target-refused" ? EX_CONFIG : exit_code(e.code);
}

int fail(error const& e) {
    std::string text = "error: " + e.message;
    if (!e.rule.empty()) text += " [" + e.rule + "]";
    if (e.position) text += " (at character " + std::to_string(*e.position) + ")";
    text += "\n";
    for (auto const& f : e.fields)
        text += "  " + f.field + ": " + f.message + "\n";
    if (!e.detail.empty()) text += "  " + e.detail + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
    return exit_code(e);
}

}  // namespace vanna::cli
