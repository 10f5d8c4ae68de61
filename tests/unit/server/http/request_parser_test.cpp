#include "server/http/request_parser.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::http {
namespace {

struct parsed {
    request_parser::progress last = request_parser::progress::need_more;
    unsigned status = 0;  // when refused
    std::size_t left = 0;
    int headers_said = 0;
};

// Feeds `wire` in pieces of `step` bytes, as a connection would.
parsed parse(request& into, std::string_view wire, std::size_t step, std::size_t most_header = 1000,
             std::size_t most_body = 100) {
    into.clear();
    request_parser parser(into, most_header, most_body);
    parsed out;
    std::string pending;
    while (out.last == request_parser::progress::need_more && !wire.empty()) {
        pending += wire.substr(0, step);
        wire.remove_prefix(std::min(step, wire.size()));
        std::string_view view = pending;
        do {
            out.last = parser.feed(view);
            out.headers_said += out.last == request_parser::progress::header_done;
        } while (out.last == request_parser::progress::header_done);
        pending = std::string(view);
    }
    out.left = pending.size() + wire.size();
    if (out.last == request_parser::progress::refused) out.status = parser.refusal().status;
    return out;
}

// The outcome must not depend on how the bytes were cut.
parsed parse_any(request& into, std::string_view wire, std::size_t most_header = 1000,
                 std::size_t most_body = 100) {
    auto const whole = parse(into, wire, wire.size(), most_header, most_body);
    for (std::size_t step : {1, 2, 7}) {
        auto const pieces = parse(into, wire, step, most_header, most_body);
        BOOST_TEST(int(pieces.last) == int(whole.last), wire << " in steps of " << step);
        BOOST_TEST(pieces.status == whole.status, wire << " in steps of " << step);
        BOOST_TEST(pieces.headers_said == whole.headers_said);
    }
    return parse(into, wire, wire.size(), most_header, most_body);
}

unsigned status_of_wire(std::string_view wire) {
    request r;
    auto const done = parse_any(r, wire);
    return done.last == request_parser::progress::complete    ? 200
           : done.last == request_parser::progress::need_more ? 0
                                                              : done.status;
}

std::string get_with(std::string const& headers) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

std::string post_with(std::string const& headers, std::string const& body = "") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

// A request whose header is exactly `size` bytes long.
std::string header_of(std::size_t size) {
    std::string const start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_parsers)

BOOST_AUTO_TEST_CASE(a_request_is_the_same_however_its_bytes_arrive) {
    request r;
    auto const done =
        parse_any(r, "POST /a%20b?x=1 HTTP/1.1\r\nHost: a\r\nX-ThIng:  v \r\nContent-Length: 3\r\n\r\nabc");
    BOOST_TEST(int(done.last) == int(request_parser::progress::complete));
    BOOST_TEST(to_string(r.method) == "POST");
    BOOST_TEST(r.path() == "/a%20b");
    BOOST_TEST(r.query_string() == "x=1");
    BOOST_TEST(r.header("x-thing") == "v");
    BOOST_TEST(r.body == "abc");
}

BOOST_AUTO_TEST_CASE(the_bytes_of_the_next_request_are_left_alone) {
    request r;
    auto const wire = get_with("");
    BOOST_TEST(parse(r, wire + wire, 1000).left == wire.size());
    BOOST_TEST(parse(r, post_with("Content-Length: 2\r\n", "ab") + wire, 1000).left == wire.size());
    BOOST_TEST(
        parse(r, post_with("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n") + wire, 1000).left ==
        wire.size());
}

BOOST_AUTO_TEST_CASE(a_header_at_the_limit_is_taken_and_one_byte_more_is_431) {
    request r;
    for (std::size_t step : {1, 5, 10'000}) {
        BOOST_TEST(int(parse(r, header_of(1000), step).last) == int(request_parser::progress::complete));
        BOOST_TEST(parse(r, header_of(1001), step).status == 431u);
    }
    std::string many;
    for (int i = 0; i < 200; ++i)
        many += "X-" + std::to_string(i) + ": y\r\n";
    BOOST_TEST(status_of_wire(get_with(many)) == 431u);
    BOOST_TEST(status_of_wire("GET /" + std::string(2000, 'p')) == 431u);
}

BOOST_AUTO_TEST_CASE(a_body_at_the_limit_is_taken_and_one_byte_more_is_413) {
    std::string const hundred(100, 'b');
    BOOST_TEST(status_of_wire(post_with("Content-Length: 100\r\n", hundred)) == 200u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: 101\r\n", hundred + "b")) == 413u);
    BOOST_TEST(status_of_wire(post_with("Transfer-Encoding: chunked\r\n",
                                        "64\r\n" + hundred + "\r\n0\r\n\r\n")) == 200u);
    BOOST_TEST(status_of_wire(post_with("Transfer-Encoding: chunked\r\n",
                                        "64\r\n" + hundred + "\r\n1\r\nb\r\n0\r\n\r\n")) == 413u);
}

BOOST_AUTO_TEST_CASE(a_length_that_could_be_read_in_two_ways_is_refused) {
    std::string const chunked = "Transfer-Encoding: chunked\r\n", length = "Content-Length: 3\r\n";
    BOOST_TEST(status_of_wire(post_with(chunked + length, "0\r\n\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with(length + chunked, "0\r\n\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with(length + length, "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with(length + "Content-Length: 4\r\n", "abcd")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: 3, 3\r\n", "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: +3\r\n", "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: 0x3\r\n", "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: -1\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length: 18446744073709551616\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length:\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with(chunked + chunked, "0\r\n\r\n")) == 400u);
    BOOST_TEST(status_of_wire(post_with("Content-Length : 3\r\n", "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with(" Content-Length: 3\r\n", "abc")) == 400u);
    BOOST_TEST(status_of_wire(post_with("X: a\r\n\tContent-Length: 3\r\n", "abc")) == 400u);
}

BOOST_AUTO_TEST_CASE(transfer_codings_other_than_chunked_are_refused) {
    for (auto const* coding :
         {"gzip", "gzip, chunked", "chunked, gzip", "xchunked", "identity", "\"chunked\""})
        BOOST_TEST(status_of_wire(post_with("Transfer-Encoding: " + std::string(coding) + "\r\n")) == 501u,
                   coding);
    BOOST_TEST(status_of_wire("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400u);
    BOOST_TEST(status_of_wire(post_with("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n")) == 200u);
}

BOOST_AUTO_TEST_CASE(bad_chunks_are_refused) {
    for (auto const* body :
         {"g\r\n\r\n", "-1\r\n\r\n", "\r\n\r\n\r\n", "1\nab\r\n", "1\r\nab\r\n0\r\n\r\n", "1\r\na0\r\n\r\n",
          "fffffffffffffffff\r\n", "1 ;\x01\r\n", "0\r\nbad trailer\r\n\r\n"}) {
        auto const status = status_of_wire(post_with("Transfer-Encoding: chunked\r\n", body));
        BOOST_TEST((status == 400u || status == 413u), body << " gave " << status);
    }
    BOOST_TEST(status_of_wire(post_with("Transfer-Encoding: chunked\r\n", "1;a=b\r\nx\r\n0;c\r\n\r\n")) ==
               200u);
}

BOOST_AUTO_TEST_CASE(padding_in_chunk_headers_and_trailers_is_bounded) {
    std::string const start = post_with("Transfer-Encoding: chunked\r\n");
    BOOST_TEST(status_of_wire(start + "1;" + std::string(5000, 'x')) == 431u);
    BOOST_TEST(status_of_wire(start + "0\r\nX: " + std::string(5000, 'x')) == 431u);
    std::string padded;
    for (int i = 0; i < 50; ++i)
        padded += "1;" + std::string(50, 'x') + "\r\na\r\n";
    BOOST_TEST(status_of_wire(start + padded + "0\r\n\r\n") == 431u);
}

BOOST_AUTO_TEST_CASE(a_trailer_never_becomes_a_header) {
    request r;
    auto const done =
        parse_any(r, post_with("Transfer-Encoding: chunked\r\n", "0\r\nAuthorization: Bearer x\r\n\r\n"));
    BOOST_TEST(int(done.last) == int(request_parser::progress::complete));
    BOOST_TEST(!r.has_header("authorization"));
}

BOOST_AUTO_TEST_CASE(one_host_is_needed_and_no_more) {
    BOOST_TEST(status_of_wire("GET / HTTP/1.1\r\n\r\n") == 400u);
    BOOST_TEST(status_of_wire("GET / HTTP/1.0\r\n\r\n") == 200u);
    BOOST_TEST(status_of_wire(get_with("Host: b\r\n")) == 400u);
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_refused) {
    BOOST_TEST(status_of_wire("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505u);
    BOOST_TEST(status_of_wire("GET / HTTP/0.9\r\nHost: a\r\n\r\n") == 505u);
    for (auto const* wire : {"\x16\x03\x01\x02\x01\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                             "GET /\r\n\r\n", "G\xc3\xa9T / HTTP/1.1\r\nHost: a\r\n\r\n",
                             "GET / HTTP/1.1\r\nHost a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"})
        BOOST_TEST(status_of_wire(wire) == 400u, wire);
    constexpr char nul[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    BOOST_TEST(status_of_wire({nul, sizeof nul - 1}) == 400u);
    request r;
    BOOST_TEST(int(parse(r, "GET / HTTP/1.1\nHost: a\n\n", 1).last) ==
               int(request_parser::progress::need_more));
}

BOOST_AUTO_TEST_CASE(expectations_other_than_100_continue_fail) {
    BOOST_TEST(status_of_wire(get_with("Expect: 200-ok\r\n")) == 417u);
    request r;
    request_parser parser(r, 1000, 100);
    auto const wire = post_with("Expect: 100-Continue\r\nContent-Length: 1\r\n");
    std::string_view view = wire;
    BOOST_TEST(int(parser.feed(view)) == int(request_parser::progress::header_done));
    BOOST_TEST(parser.wants_continue());
}

BOOST_AUTO_TEST_CASE(targets_in_absolute_form_are_reduced_to_their_path) {
    request r;
    parse_any(r, "GET http://other:80/p?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(r.path() == "/p");
    BOOST_TEST(r.query_string() == "q=1");
    parse_any(r, "GET http://other HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(r.path() == "/");
    parse_any(r, "GET http://other?q HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(r.path() == "/");
    BOOST_TEST(r.query_string() == "q");
    parse_any(r, "GET /redirect?to=http://x/ HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(r.path() == "/redirect");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
