// One line of a route table. Tables are constexpr arrays, one a file of handlers:
//
//   response live(api::context&, http::request&);                  // answers at once, or
//   awaitable<http::response> me(api::context& c, http::request& r);
//   constexpr http::route routes[] = {
//       {http::method::get, "/health/live", http::to<&live>, http::access::open, http::quiet},
//       {http::method::get, "/api/v1/auth/me", http::to<&me>, http::access::viewer},
//   };
#pragma once
#include <string_view>

#include "core/async/awaitable.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace vanna::http {

// The context that handlers take, without its type: one a worker. The tag tells types apart at start.
template <class Context>
inline constexpr char context_tag = 0;

struct context_pointer {
    void* object = nullptr;
    void const* tag = nullptr;
    context_pointer() = default;
    template <class Context>
    context_pointer(Context& c) : object(&c), tag(&context_tag<Context>) {}
};

// A handler behind a plain pointer: no allocation, no std::function. Exactly one of the two is set.
struct endpoint {
    awaitable<response> (*later)(void*, request&) = nullptr;
    response (*now)(void*, request&) = nullptr;
    void const* tag = nullptr;
};

template <auto Handler>
struct endpoint_of;
template <class Context, awaitable<response> (*Handler)(Context&, request&)>
struct endpoint_of<Handler> {
    static constexpr endpoint value{[](void* c, request& r) { return Handler(*static_cast<Context*>(c), r); },
                                    nullptr, &context_tag<Context>};
};
template <class Context, response (*Handler)(Context&, request&)>
struct endpoint_of<Handler> {
    static constexpr endpoint value{nullptr,
                                    [](void* c, request& r) { return Handler(*static_cast<Context*>(c), r); },
                                    &context_tag<Context>};
};
template <auto Handler>
inline constexpr endpoint to = endpoint_of<Handler>::value;

// Who may call: anybody; anybody, but a good token is looked at; or a role and those above it.
enum class access : std::uint8_t { open, known, viewer, analyst, admin };

inline constexpr unsigned quiet = 1;               // logged at debug (health, metrics)
inline constexpr unsigned small_body = 2;          // takes 16 KiB at most: strangers may send one
inline constexpr unsigned during_maintenance = 4;  // goes on while writers wait; GET and HEAD always do

struct route {
    http::method method;
    std::string_view path;  // "/api/v1/users/{id}": also the label in metrics and logs
    endpoint handler;
    access needs = access::admin;
    unsigned flags = 0;
};

}  // namespace vanna::http
