#include "server/http/request_parser.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "server/http/problem.hpp"

namespace vanna::http {
namespace {

namespace beast = boost::beast::http;

}  // namespace

request_parser::request_parser(request& into, std::size_t most_header, std::size_t most_body)
    : into_(into), most_header_(most_header), most_body_(most_body) {
    // One more than allowed: the exact count is kept here, over all pieces; Beast counts each piece alone.
    header_limit(std::uint32_t(most_header + 1));
    body_limit(most_body);
    eager(false);
}

request_parser::progress request_parser::feed(std::string_view& bytes) {
    while (!is_done()) {
        if (status_) return progress::refused;
        // Beast answers neither progress nor need_more to no bytes within a body, and asserts on less than
        // five between chunks. No chunk's framing is shorter than those of the last, "0 CRLF CRLF".
        if (header_said_ && bytes.size() < (chunked() && chunk_left_ == 0 ? 5u : 1u))
            return progress::need_more;
        fed_ = bytes;
        error_code ec;
        auto const consumed = put({bytes.data(), bytes.size()}, ec);
        bytes.remove_prefix(consumed);
        if (!header_said_) header_bytes_ += consumed;
        if (status_) return progress::refused;
        if (ec && ec != beast::error::need_more) return refuse(ec);
        if (!header_said_ && header_bytes_ + (is_header_done() ? 0 : bytes.size()) > most_header_)
            return refuse(beast::error::header_limit);
        if (is_header_done() && !header_said_) {
            header_said_ = true;
            return progress::header_done;
        }
        // Chunk headers and trailers are framing: a sender that pads them forever is cut.
        body_bytes_ += consumed;
        if (header_said_ &&
            (body_bytes_ > 2 * most_body_ + most_header_ || (ec && bytes.size() > most_header_)))
            return refuse(431, "header-too-large", "the chunk headers or trailers are too large");
        if (ec) return progress::need_more;
    }
    return progress::complete;
}

void request_parser::lower_body_limit(std::size_t most) {
    most_body_ = std::min(most_body_, most);
    body_limit(most_body_);
    if (content_length().value_or(0) > most_body_)
        refuse(413, "too-large", "the request body is larger than this route takes");
}

std::uint64_t request_parser::still_to_come() const {
    if (is_done()) return 0;
    return chunked() ? most_body_ : content_length_remaining().value_or(0);
}

response request_parser::refusal() const {
    return problem(status_, type_, detail_);
}

request_parser::progress request_parser::refuse(unsigned status, char const* type, char const* detail) {
    status_ = status, type_ = type, detail_ = detail;
    return progress::refused;
}

request_parser::progress request_parser::refuse(error_code why) {
    if (why == beast::error::header_limit)
        return refuse(431, "header-too-large", "the request header is larger than MAX_HEADER_BYTES");
    if (why == beast::error::body_limit)
        return refuse(413, "too-large", "the request body is larger than MAX_BODY_BYTES");
    if (why == beast::error::bad_version)
        return refuse(505, "http-version", "this server speaks HTTP/1.0 and HTTP/1.1");
    if (why == beast::error::bad_content_length || why == beast::error::multiple_content_length ||
        why == beast::error::bad_transfer_encoding)
        return refuse(400, "bad-request", "the request's length is ambiguous");
    return refuse(400, "bad-request", "the request is not well-formed HTTP");
}

void request_parser::on_request_impl(verb, string_view method, string_view target, int version,
                                     error_code& ec) {
    into_.method = http::parse_method(method);
    into_.version = unsigned(version);
    if (target.size() > most_header_) ec = beast::error::header_limit;
    into_.set_target(target);
}

void request_parser::on_field_impl(field name, string_view text, string_view value, error_code& ec) {
    if (header_said_) return;  // a trailer is never a header
    // Beast unfolds continuation lines into a buffer of its own; proxies differ on what they mean.
    std::less<char const*> const before;
    if (!value.empty() &&
        (before(value.data(), fed_.data()) || !before(value.data(), fed_.data() + fed_.size())))
        ec = beast::error::bad_obs_fold;
    if (name == field::content_length &&
        (into_.has_header("content-length") || value.find_first_not_of("0123456789") != value.npos))
        ec = beast::error::bad_content_length;
    if (name == field::host && into_.has_header("host")) ec = beast::error::bad_field;
    if (name == field::transfer_encoding &&
        (into_.version < 11 || !boost::beast::iequals(value, "chunked"))) {
        refuse(into_.version < 11 ? 400 : 501, "transfer-encoding",
               "the only transfer coding taken is chunked, over HTTP/1.1");
        ec = beast::error::bad_transfer_encoding;
    }
    if (name == field::expect) {
        if (boost::beast::iequals(value, "100-continue")) {
            wants_continue_ = into_.version >= 11;
        } else {
            refuse(417, "expectation-failed", "the only expectation met is 100-continue");
            ec = beast::error::bad_value;
        }
    }
    into_.add_header(text, value);
}

void request_parser::on_header_impl(error_code& ec) {
    if (into_.version >= 11 && !into_.has_header("host")) ec = beast::error::bad_field;
}

void request_parser::on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) {
    if (length) into_.body.reserve(std::min<std::size_t>(*length, 64 * 1024));
}

std::size_t request_parser::on_body_impl(string_view bytes, error_code&) {
    into_.body.append(bytes);
    return bytes.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t size, string_view, error_code&) {
    chunk_left_ = size;
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
    into_.body.append(bytes);
    chunk_left_ -= bytes.size();
    return bytes.size();
}

}  // namespace vanna::http
