// HTTP/1.x requests out of bytes, without I/O: the session feeds what it reads, pipelined requests included.
// Beast's grammar, with the fields copied once into the request, and refusals for what Beast lets pass:
// repeated Content-Length or Host, transfer codings other than chunked, headers or trailers that grow past
// the limit piece by piece.
#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace vanna::http {

class request_parser final : public boost::beast::http::basic_parser<true> {
  public:
    // `into` is cleared by the caller; limits in bytes.
    request_parser(request& into, std::size_t most_header, std::size_t most_body);

    enum class progress { need_more, header_done, complete, refused };
    // Consumes from the front of `bytes` (which it shortens). header_done is said once, before any of the
    // body is taken; complete leaves the next request's bytes alone.
    progress feed(std::string_view& bytes);
    bool is_refused() const { return status_ != 0; }
    // Why it was refused: 400, 413, 417, 431, 501 or 505. The connection must be closed after it.
    response refusal() const;

    // For what is still to come, once the header is done; a body announced as larger is refused next.
    void lower_body_limit(std::size_t most);
    // Bytes of body not taken yet; of a chunked one, as many as there may be.
    std::uint64_t still_to_come() const;

    bool wants_continue() const { return wants_continue_; }  // Expect: 100-continue, HTTP/1.1

  private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;
    using field = boost::beast::http::field;

    void on_request_impl(verb, string_view method, string_view target, int version, error_code&) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field, string_view name, string_view value, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override;
    std::size_t on_body_impl(string_view bytes, error_code&) override;
    void on_chunk_header_impl(std::uint64_t size, string_view, error_code&) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override;
    void on_finish_impl(error_code&) override {}
    progress refuse(unsigned status, char const* type, char const* detail);
    progress refuse(error_code why);

    request& into_;
    std::size_t most_header_, most_body_;
    std::size_t header_bytes_ = 0, body_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
    std::string_view fed_;
    bool header_said_ = false, wants_continue_ = false;
    unsigned status_ = 0;
    char const* type_ = "";
    char const* detail_ = "";
};

}  // namespace vanna::http
