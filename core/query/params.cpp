#include <boost/json.hpp>

#include "core/query/service.hpp"

namespace vanna::query {
namespace {

boost::json::value to_json(sql::value const& v) {
    return std::visit(
        []<class T>(T const& x) -> boost::json::value {
            if constexpr (std::is_same_v<T, std::monostate>)
                return nullptr;
            else if constexpr (std::is_same_v<T, std::string>)
                return boost::json::string(x);
            else
                return x;
        },
        v);
}

result<sql::value> from_json(boost::json::value const& v, std::string const& name) {
    switch (v.kind()) {
        case boost::json::kind::null:
            return sql::value{};
        case boost::json::kind::bool_:
            return sql::value{std::int64_t(v.get_bool())};
        case boost::json::kind::int64:
            return sql::value{v.get_int64()};
        case boost::json::kind::double_:
            return sql::value{v.get_double()};
        case boost::json::kind::string:
            return sql::value{std::string(v.get_string())};
        default:
            break;
    }
    return error{errc::invalid_input, public_text{"a parameter has no SQL type"}}.with_field(
        name, "expected null, true, false, a number up to 2^63-1 or a string");
}

}  // namespace

std::string params_json(sql::statement const& what) {
    if (!what.positional.empty()) {
        boost::json::array out;
        for (auto const& v : what.positional)
            out.push_back(to_json(v));
        return boost::json::serialize(out);
    }
    if (what.named.empty()) return {};
    boost::json::object out;
    for (auto const& [name, v] : what.named)
        out[name] = to_json(v);
    return boost::json::serialize(out);
}

result<void> set_params(sql::statement& what, boost::json::value const& params) {
    if (params.is_null()) return {};
    if (auto const* list = params.if_array()) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            auto v = from_json((*list)[i], "params[" + std::to_string(i) + "]");
            if (!v) return v.error();
            what.positional.push_back(std::move(*v));
        }
        return {};
    }
    if (auto const* map = params.if_object()) {
        for (auto const& [name, value] : *map) {
            auto v = from_json(value, "params." + std::string(name));
            if (!v) return v.error();
            what.named.emplace_back(name, std::move(*v));
        }
        return {};
    }
    return error{errc::invalid_input, public_text{"params is neither a list nor an object"}}.with_field(
        "params", "expected a list for ? placeholders or an object for :name placeholders");
}

}  // namespace vanna::query
