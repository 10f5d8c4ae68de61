// Finds the route of a method and path: a tree of segments built once at start, walked without allocating
// (but for a parameter that has to be decoded). Literal segments win over parameters. Shared by all workers,
// immutable.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "server/http/route.hpp"

namespace vanna::http {

class router {
  public:
    // Throws std::logic_error for what is a bug in the table: a method and path twice, two names for one
    // parameter, more than four parameters, or handlers with different context types.
    explicit router(std::initializer_list<std::span<http::route const>> tables);

    // Everything below `from` also answers below `alias` ("/admin/db" for "/api/v1/admin/db").
    void alias(std::string_view from, std::string_view alias);

    enum class outcome { found, not_found, wrong_method, trailing_slash, malformed };
    // On found sets what.route and its parameters. HEAD finds GET's route.
    outcome find(request& what) const;
    // "GET, HEAD, POST" for the path of `what`; for 405 and OPTIONS. Empty when there is no such path.
    std::string allowed(request const& what) const;

    std::size_t size() const { return routes_.size(); }
    http::route const& at(std::size_t index) const { return *routes_[index]; }
    std::size_t index_of(http::route const& which) const;
    void const* context_tag() const { return tag_; }

  private:
    struct node {
        std::vector<std::pair<std::string_view, std::size_t>> literals;
        std::size_t parameter = 0;  // 0: none; the root is nobody's child
        std::string_view parameter_name;
        http::route const* by_method[method_count] = {};
        bool is_end = false;
    };
    struct captured {
        std::string_view name, value;
    };
    std::size_t child(std::size_t at, std::string_view segment);
    std::size_t walk(std::string_view path);
    void add(http::route const& one);
    node const* match(std::size_t at, std::string_view rest, std::span<captured> free,
                      std::size_t& used) const;

    std::vector<node> nodes_{1};
    std::vector<http::route const*> routes_;
    std::vector<std::pair<http::route const*, std::size_t>> order_;  // sorted by address
    void const* tag_ = nullptr;
};

}  // namespace vanna::http
