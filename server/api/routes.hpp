// The route table: every path, its handler and who may call it. The OpenAPI document is held to it by a test.
#pragma once
#include <span>

#include "server/http/route.hpp"

namespace vanna::api {

std::span<http::route const> routes();

}  // namespace vanna::api
