// The files of assets/web and the OpenAPI document, inside the program (embedded by CMake).
#pragma once
#include <span>

#include "core/embedded_file.hpp"

namespace vanna::web {

std::span<embedded_file const> files();

}  // namespace vanna::web
