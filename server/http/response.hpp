// What a handler answers: a status with a body, a stream of pieces, or an error that the session renders as
// a problem (RFC 9457). Move-only.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/async/awaitable.hpp"

namespace vanna::http {

struct header_field {
    std::string_view name;  // a literal, lower case
    std::string value;      // line breaks in it are replaced
};

// The producer of a streamed body. The session asks for the next piece only when the last one was written:
// that is the back-pressure. Destroyed when the stream ends or its reader is gone.
class body_source {
  public:
    virtual ~body_source() = default;
    // The next piece, not empty; nothing at the end. An error cuts the connection, so that the client sees
    // an incomplete reply; as the first piece it becomes the problem reply instead.
    virtual awaitable<result<std::optional<std::string>>> next() = 0;
    // Asked once after the end; sent to HTTP/1.1 clients. Announce the names in a `trailer` header.
    virtual std::vector<header_field> trailers() { return {}; }
};

struct response {
    unsigned status = 200;
    std::string_view content_type = "application/json";  // a literal
    std::string body;
    std::vector<header_field> headers;
    std::unique_ptr<body_source> stream;  // set: `body` is not used
    deadline stream_until = deadline::max();
    std::optional<std::uint64_t> stream_size;  // set: the stream's exact bytes, sent as Content-Length
    std::unique_ptr<error> failure;            // set: rendered as problem+json with `status`

    response() = default;
    explicit response(std::string json, unsigned code = 200) : status(code), body(std::move(json)) {}
    response(error why);  // implicit, so that handlers can `co_return failed.error();`
    response&& with(std::string_view name, std::string value) && {
        return headers.push_back({name, std::move(value)}), std::move(*this);
    }
    response&& with_status(unsigned code) && { return status = code, std::move(*this); }
};

// A reply with a body of any type; `content_type` must be a literal.
response text_response(std::string body, std::string_view content_type = "text/plain; charset=utf-8",
                       unsigned status = 200);
response no_content();
response redirect(std::string location, unsigned status = 302);
// 202 with Location.
response accepted(std::string json, std::string location);

// A stream whose pieces come from `produce`, a callable returning
// awaitable<result<std::optional<std::string>>>; it is kept alive until the stream ends.
template <class F>
response stream_response(std::string_view content_type, F produce, deadline until) {
    struct source final : body_source {
        F produce;
        explicit source(F p) : produce(std::move(p)) {}
        awaitable<result<std::optional<std::string>>> next() override { return produce(); }
    };
    response made;
    made.content_type = content_type;
    made.stream = std::make_unique<source>(std::move(produce));
    made.stream_until = until;
    return made;
}

}  // namespace vanna::http
