// A password from standard input: a line of a file or pipe, or typed by a person, unseen.
#pragma once
#include <string>

namespace vanna::cli {

// The first line. On a terminal the prompt is shown on standard error and the echo is off until the line is
// read, or until a signal (Ctrl-C) ends the program.
std::string read_password(std::string const& prompt);

}  // namespace vanna::cli
