// Names and values made safe to stand in SQL text: the only place that does it.
#pragma once
#include <string>
#include <string_view>

namespace vanna::sqlite {

// "name", quotes inside doubled; any text without NUL bytes is a valid name.
std::string quote_name(std::string_view name);
// 'text', quotes inside doubled; the text must hold no NUL byte (SQL text cannot).
std::string quote_text(std::string_view text);

}  // namespace vanna::sqlite
