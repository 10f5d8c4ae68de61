#include "server/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace vanna::http {
namespace {

constexpr std::size_t most_parameters = 4;

// Takes the first segment off "/a/b" -> "a", leaving "/b".
std::string_view take_segment(std::string_view& rest) {
    rest.remove_prefix(1);
    auto const segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

std::logic_error wrong(http::route const& r, char const* what) {
    return std::logic_error(std::string("route ") + std::string(to_string(r.method)) + " " +
                            std::string(r.path) + ": " + what);
}

}  // namespace

router::router(std::initializer_list<std::span<http::route const>> tables) {
    for (auto table : tables)
        for (auto const& one : table)
            add(one);
    for (std::size_t i = 0; i < routes_.size(); ++i)
        order_.emplace_back(routes_[i], i);
    std::sort(order_.begin(), order_.end());
}

std::size_t router::child(std::size_t at, std::string_view segment) {
    if (is_parameter(segment)) {
        auto const name = segment.substr(1, segment.size() - 2);
        if (!nodes_[at].parameter) {
            nodes_.emplace_back();
            nodes_[at].parameter = nodes_.size() - 1;
            nodes_[at].parameter_name = name;
        }
        if (nodes_[at].parameter_name != name)
            throw std::logic_error("two names for one path parameter: " + std::string(segment));
        return nodes_[at].parameter;
    }
    for (auto const& [text, index] : nodes_[at].literals)
        if (text == segment) return index;
    nodes_.emplace_back();
    nodes_[at].literals.emplace_back(segment, nodes_.size() - 1);
    return nodes_.size() - 1;
}

std::size_t router::walk(std::string_view path) {
    std::size_t at = 0;
    while (!path.empty())
        at = child(at, take_segment(path));
    return at;
}

void router::add(http::route const& one) {
    if (!one.path.starts_with('/')) throw wrong(one, "must start with a slash");
    if (std::size_t(std::count(one.path.begin(), one.path.end(), '{')) > most_parameters)
        throw wrong(one, "has more than four parameters");
    if (tag_ && one.handler.tag != tag_) throw wrong(one, "its handler takes another context type");
    tag_ = one.handler.tag;
    auto& end = nodes_[walk(one.path)];
    auto& slot = end.by_method[std::size_t(one.method)];
    if (slot) throw wrong(one, "is there twice");
    slot = &one;
    end.is_end = true;
    if (one.method == method::get && !end.by_method[std::size_t(method::head)])
        end.by_method[std::size_t(method::head)] = &one;
    routes_.push_back(&one);
}

void router::alias(std::string_view from, std::string_view alias) {
    auto const last = alias.rfind('/');
    auto const target = walk(from);
    auto const parent = walk(alias.substr(0, last));
    nodes_[parent].literals.emplace_back(alias.substr(last + 1), target);
}

router::node const* router::match(std::size_t at, std::string_view rest, std::span<captured> free,
                                  std::size_t& used) const {
    auto const& here = nodes_[at];
    if (rest.empty()) return here.is_end ? &here : nullptr;
    auto const segment = take_segment(rest);
    for (auto const& [text, index] : here.literals)
        if (text == segment) {
            if (auto const* found = match(index, rest, free, used)) return found;
            break;
        }
    if (!here.parameter || segment.empty()) return nullptr;
    auto const mine = used++;
    if (auto const* found = match(here.parameter, rest, free, used)) {
        free[mine] = {here.parameter_name, segment};
        return found;
    }
    used = mine;
    return nullptr;
}

router::outcome router::find(request& what) const {
    captured parameters[most_parameters];
    std::size_t used = 0;
    auto path = what.path();
    if (!path.starts_with('/')) return outcome::not_found;
    auto const* end = match(0, path, parameters, used);
    if (!end) {
        if (path.size() > 1 && path.ends_with('/') && !path.ends_with("//")) {
            path.remove_suffix(1);
            used = 0;
            if (match(0, path, parameters, used)) return outcome::trailing_slash;
        }
        return outcome::not_found;
    }
    what.route = end->by_method[std::size_t(what.method)];
    if (!what.route) return outcome::wrong_method;
    for (std::size_t i = 0; i < used; ++i) {
        auto decoded = percent_decode(parameters[i].value);
        if (!decoded) return outcome::malformed;
        what.set_parameter(i, parameters[i].name, std::move(*decoded));
    }
    return outcome::found;
}

std::string router::allowed(request const& what) const {
    captured parameters[most_parameters];
    std::size_t used = 0;
    auto const* end = what.path().starts_with('/') ? match(0, what.path(), parameters, used) : nullptr;
    if (!end) return {};
    std::string out;
    for (std::size_t m = 0; m < method_count; ++m)
        if (end->by_method[m] || method(m) == method::options) {
            if (!out.empty()) out += ", ";
            out += to_string(method(m));
        }
    return out;
}

std::size_t router::index_of(http::route const& which) const {
    return std::lower_bound(order_.begin(), order_.end(), std::pair(&which, std::size_t(0)))->second;
}

}  // namespace vanna::http
