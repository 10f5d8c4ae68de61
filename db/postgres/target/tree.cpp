#include "db/postgres/target/tree.hpp"

namespace vanna::pg_target {

namespace json = boost::json;

std::string_view text_of(json::object const& node, std::string_view member) {
    auto const* found = node.if_contains(member);
    auto const* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::int64_t number_of(json::object const& node, std::string_view member, std::int64_t otherwise) {
    auto const* found = node.if_contains(member);
    auto const* number = found ? found->if_int64() : nullptr;
    return number ? *number : otherwise;
}

std::vector<json::object const*> nodes_of(json::object const& node, std::string_view member) {
    std::vector<json::object const*> out;
    auto const* found = node.if_contains(member);
    auto const* list = found ? found->if_array() : nullptr;
    if (!list) return out;
    for (auto const& item : *list)
        if (auto const* object = item.if_object()) out.push_back(object);
    return out;
}

std::vector<std::string_view> names_of(json::object const& node, std::string_view member) {
    std::vector<std::string_view> out;
    for (auto const* item : nodes_of(node, member))
        if (auto const* string = as_kind(*item, "String")) out.push_back(text_of(*string, "sval"));
    return out;
}

json::object const* as_kind(json::object const& node, std::string_view kind) {
    auto const* found = node.if_contains(kind);
    return found ? found->if_object() : nullptr;
}

json::object const* node_of(json::object const& node, std::string_view member) {
    auto const* found = node.if_contains(member);
    return found ? found->if_object() : nullptr;
}

}  // namespace vanna::pg_target
