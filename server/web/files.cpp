#include "server/web/files.hpp"

namespace vanna::web {

std::optional<std::string_view> file(std::string_view name) {
    for (auto const& f : files())
        if (f.name == name) return f.bytes;
    return {};
}

std::optional<std::string_view> page_part(std::string_view name) {
    for (auto ending : {".js", ".css", ".svg"})
        if (name.ends_with(ending)) return file(name);
    return {};
}

std::string_view content_type(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    if (name.ends_with(".json")) return "application/json";
    return "application/octet-stream";
}

}  // namespace vanna::web
