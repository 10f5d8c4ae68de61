#include "server/http/options.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace vanna::http {

namespace asio = boost::asio;

namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        auto const end = list.find(',');
        auto one = list.substr(0, end);
        list.remove_prefix(end == list.npos ? list.size() : end + 1);
        while (one.starts_with(' '))
            one.remove_prefix(1);
        while (one.ends_with(' ') || one.ends_with('/'))
            one.remove_suffix(1);
        if (!one.empty()) out.emplace_back(one);
    }
    return out;
}

// "*", or scheme and host and perhaps a port, as a browser sends it: no path.
bool is_origin(std::string_view text) {
    if (text == "*") return true;
    for (std::string_view scheme : {"http://", "https://"})
        if (text.starts_with(scheme))
            return text.size() > scheme.size() && text.find_first_of("/?# ", scheme.size()) == text.npos;
    return false;
}

}  // namespace

result<boost::asio::ip::address> listening_address(std::string const& host) {
    boost::system::error_code ec;
    auto const address = asio::ip::make_address(host, ec);
    if (!ec) return address;
    asio::io_context context;
    auto const found =
        asio::ip::tcp::resolver(context).resolve(host, "", asio::ip::tcp::resolver::passive, ec);
    if (ec || found.empty())
        return error{errc::invalid_input,
                     public_text{"is \"" + host +
                                 "\"; expected an address such as 127.0.0.1, 0.0.0.0 or ::, or a name that "
                                 "resolves to one"}};
    for (auto const& one : found)
        if (one.endpoint().address().is_v4()) return one.endpoint().address();
    return found.begin()->endpoint().address();
}

result<options> options_from(config::settings const& s, std::size_t descriptors) {
    options out;
    out.host = s.host;
    out.port = std::uint16_t(s.port);
    out.most_header = s.max_header_bytes;
    out.most_body = s.max_body_bytes;
    out.most_connections =
        std::min<std::size_t>(s.max_connections, descriptors > 1024 ? descriptors - 512 : descriptors / 2);
    out.tls_cert_file = s.tls_cert_file;
    out.tls_key_file = s.tls_key_file;
    error wrong{errc::invalid_input, public_text{"the server's settings are wrong"}};
    if (auto proxies = parse_cidrs(s.trusted_proxies))
        out.trusted_proxies = std::move(*proxies);
    else
        wrong.fields.push_back(
            {"TRUSTED_PROXIES",
             "is \"" + s.trusted_proxies + "\"; expected CIDRs such as 10.0.0.0/8, comma separated"});
    out.cors_origins = split(s.cors_origins);
    for (auto const& origin : out.cors_origins)
        if (!is_origin(origin))
            wrong.fields.push_back(
                {"CORS_ORIGINS", "has \"" + origin +
                                     "\"; expected origins such as https://app.example.com, "
                                     "comma separated"});
    if (!wrong.fields.empty()) return wrong;
    return out;
}

}  // namespace vanna::http
