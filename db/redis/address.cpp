#include "db/redis/address.hpp"

#include <boost/url.hpp>
#include <charconv>

namespace vanna::redis {
namespace {

error wrong(std::string why) {
    return error{
        errc::invalid_input,
        public_text{"REDIS_URL: " + why + "; expected redis://[user][:password@]host[:port][/database]"}};
}

}  // namespace

result<address> address::parse(std::string_view url) {
    auto const parsed = boost::urls::parse_uri(url);
    if (!parsed) return wrong("is not a URL");
    if (parsed->scheme() == "rediss") return wrong("TLS to Redis is not supported");
    if (parsed->scheme() != "redis") return wrong("does not begin with redis://");
    if (parsed->has_query() || parsed->has_fragment()) return wrong("has a query or a fragment");
    address out;
    if (auto const host = parsed->host_address(); !host.empty()) out.host = host;
    if (parsed->has_port()) {
        out.port = std::string(parsed->port());
        std::uint16_t number = 0;
        auto const [end, ec] = std::from_chars(out.port.data(), out.port.data() + out.port.size(), number);
        if (ec != std::errc{} || number == 0) return wrong("has an impossible port");
    }
    out.user = parsed->user();
    out.password = parsed->password();
    std::string_view path = parsed->encoded_path();
    if (path.starts_with('/')) path.remove_prefix(1);
    if (!path.empty()) {
        auto const [end, ec] = std::from_chars(path.data(), path.data() + path.size(), out.database);
        if (ec != std::errc{} || end != path.data() + path.size())
            return wrong("names a database by other than a number");
    }
    return out;
}

}  // namespace vanna::redis
