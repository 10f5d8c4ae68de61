// How this folder refuses: what is wrong with an archive, and what the system says of a file.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::jobs::archive {

// invalid_input of that type; the message names what is wrong.
error refusal(std::string type, std::string message);

// A text of an archive for a message: in quotes, at most 80 characters, everything odd replaced.
std::string quoted(std::string_view text);

// "`doing` `path`: no space left on device", for errno `why`; unavailable, or not_found or conflict where the
// file is absent or already there.
error system_refusal(std::string_view doing, std::string_view path, int why);

}  // namespace vanna::jobs::archive
