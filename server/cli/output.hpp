// What the command line prints: aligned tables for people, JSON for programs (--json), errors on standard
// error with the sysexits.h code that belongs to them.
#pragma once
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "server/cli/command_line.hpp"

namespace vanna::cli {

// Columns padded to their widest cell (in characters, at most 60 shown), numbers to the right.
std::string table(std::vector<std::string> const& header, std::vector<std::vector<std::string>> const& rows);
// One JSON value as a cell: null is empty, strings without quotes.
std::string cell(boost::json::value const& v);

void print(std::string const& text);
// An object: a table of its members with `title` over the names, or with --json itself.
void show(command_line const& line, std::string title, boost::json::value const& what);
// How far a long step is, on one line of standard error that is written over; nothing where that is no
// terminal.
class progress_line {
  public:
    explicit progress_line(std::string what);
    ~progress_line() { clear(); }
    progress_line(progress_line const&) = delete;
    void at(std::string_view stage, int percent);
    void clear();

  private:
    std::string const what_;
    bool const on_terminal_;
    bool shown_ = false;
};

// "error: …", with the fields, on standard error; returns the exit code.
int fail(error const& e);
int exit_code(errc code);
int exit_code(error const& e);

}  // namespace vanna::cli
