// Two stems of an English word: `singular` undoes plurals only, so that what it makes equal means the same;
// `root` is Porter's suffix stripper (M. F. Porter, "An algorithm for suffix stripping", Program 14(3),
// 1980), which also makes related words equal (director, directed). Lower-case ASCII; other words come back
// unchanged.
#pragma once
#include <string>
#include <string_view>

namespace vanna::ask::builtin {

std::string singular(std::string_view word);
std::string root(std::string_view word);

}  // namespace vanna::ask::builtin
