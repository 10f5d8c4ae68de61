#include "server/http/options.hpp"

#include <algorithm>

namespace vanna::http {
namespace {

error wrong(std::string setting, std::string what) {
    return error(errc::invalid_input, public_text{setting + ": " + what})
        .with_field(std::move(setting), std::move(what));
}

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

}  // namespace

result<options> options_from(config::settings const& s, std::size_t descriptors) {
    options out;
    out.host = s.host;
    out.port = std::uint16_t(s.port);
    out.most_header = s.max_header_bytes;
    out.most_body = s.max_body_bytes;
    out.most_connections =
        std::min<std::size_t>(s.max_connections, descriptors > 1024 ? descriptors - 512 : descriptors / 2);
    if (s.tls_cert_file.empty() != s.tls_key_file.empty())
        return wrong(s.tls_cert_file.empty() ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
                     "is empty while the other one is set; https needs both, http neither");
    out.tls_cert_file = s.tls_cert_file;
    out.tls_key_file = s.tls_key_file;
    auto proxies = parse_cidrs(s.trusted_proxies);
    if (!proxies) return wrong("TRUSTED_PROXIES", "expected CIDRs such as 10.0.0.0/8, comma separated");
    out.trusted_proxies = std::move(*proxies);
    out.cors_origins = split(s.cors_origins);
    for (auto const& origin : out.cors_origins)
        if (origin != "*" && !origin.starts_with("http://") && !origin.starts_with("https://"))
            return wrong("CORS_ORIGINS", "expected origins such as https://app.example.com, comma separated");
    return out;
}

}  // namespace vanna::http
