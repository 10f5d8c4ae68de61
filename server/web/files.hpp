// What the browser gets: the documentation page with its scripts and style (assets/web), and the OpenAPI
// document. All of it is in the program; the page loads nothing from elsewhere, so that `page_policy`
// suffices.
#pragma once
#include <optional>
#include <span>

#include "core/embedded_file.hpp"

namespace vanna::web {

// docs.html (at /docs), what it loads from /docs/<name>, openapi.json, and the shipped ontology.yaml.
std::span<embedded_file const> files();
std::optional<std::string_view> file(std::string_view name);
// What /docs/<name> answers: the page's scripts, style and icon alone.
std::optional<std::string_view> page_part(std::string_view name);

// What to send with one, by the ending of its name.
std::string_view content_type(std::string_view name);

// Content-Security-Policy of the page.
inline constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace vanna::web
