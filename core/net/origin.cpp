#include "core/net/origin.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace vanna::net {

std::string origin::authority() const {
    auto out = host.find(':') == host.npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
    return out;
}

result<origin> parse_origin(std::string_view url) {
    auto wrong = [](char const* what) { return error{errc::invalid_input, public_text{what}}; };
    auto const parsed = boost::urls::parse_uri(url);
    if (!parsed) return wrong("expected a URL such as http://localhost:8001");
    auto const scheme = parsed->scheme();
    if (scheme != "http" && scheme != "https") return wrong("the URL's scheme must be http or https");
    if (parsed->has_userinfo()) return wrong("the URL must not hold a user or password");
    if (parsed->has_query() || parsed->has_fragment()) return wrong("the URL must end with its path");
    origin out;
    out.tls = scheme == "https";
    out.host = parsed->host_address();
    if (out.host.empty()) return wrong("the URL has no host");
    out.port = out.tls ? 443 : 80;
    if (parsed->has_port()) {
        std::string_view const port(parsed->port());
        auto const [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
        if (ec != std::errc{} || end != port.data() + port.size() || out.port == 0)
            return wrong("the URL's port must be 1 to 65535");
    }
    out.base = parsed->encoded_path();
    while (out.base.ends_with('/'))
        out.base.pop_back();
    return out;
}

}  // namespace vanna::net
