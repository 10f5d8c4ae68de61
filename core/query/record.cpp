#include "core/query/record.hpp"

namespace vanna::query {

constexpr std::pair<status, std::string_view> names[] = {
    {status::pending, "pending"},     {status::success, "success"}, {status::error, "error"},
    {status::cancelled, "cancelled"}, {status::timeout, "timeout"}, {status::refused, "refused"},
};

std::string_view to_string(status s) {
    for (auto const& [value, name] : names)
        if (value == s) return name;
    return "error";
}

std::optional<status> parse_status(std::string_view text) {
    for (auto const& [value, name] : names)
        if (name == text) return value;
    return {};
}

record audit_only(audit::entry entry) {
    record out;
    out.key = entry.id;
    out.is_audit_only = true;
    out.audit = std::move(entry);
    return out;
}

}  // namespace vanna::query
