#include "server/middleware/address.hpp"

#include <algorithm>
#include <charconv>

namespace vanna::http {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

address_v6 as_v6(address const& a) {
    return a.is_v6() ? a.to_v6() : boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, a.to_v4());
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::optional<address> parse_address(std::string_view text) {
    boost::system::error_code ec;
    auto const parsed = boost::asio::ip::make_address(std::string(text), ec);
    if (ec) return {};
    if (parsed.is_v6() && parsed.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6());
    return parsed;
}

bool is_trusted(address const& a, std::vector<cidr> const& trusted) {
    return std::any_of(trusted.begin(), trusted.end(), [&](cidr const& c) { return c.contains(a); });
}

}  // namespace

std::optional<cidr> cidr::parse(std::string_view text) {
    auto const slash = text.find('/');
    auto const parsed = parse_address(trim(text.substr(0, slash)));
    if (!parsed) return {};
    cidr out;
    unsigned const width = parsed->is_v4() ? 32 : 128;
    unsigned bits = width;
    if (slash != text.npos) {
        auto const tail = trim(text.substr(slash + 1));
        auto const [end, ec] = std::from_chars(tail.data(), tail.data() + tail.size(), bits);
        if (ec != std::errc{} || end != tail.data() + tail.size() || bits > width) return {};
    }
    out.network_ = as_v6(*parsed);
    out.bits_ = bits + (128 - width);
    return out;
}

bool cidr::contains(address const& a) const {
    auto const mine = network_.to_bytes(), theirs = as_v6(a).to_bytes();
    for (unsigned i = 0; i < 16 && i * 8 < bits_; ++i) {
        unsigned const left = bits_ - i * 8;
        unsigned const mask = left >= 8 ? 0xffu : (0xffu << (8 - left)) & 0xffu;
        if ((mine[i] & mask) != (theirs[i] & mask)) return false;
    }
    return true;
}

std::optional<std::vector<cidr>> parse_cidrs(std::string_view list) {
    std::vector<cidr> out;
    while (!list.empty()) {
        auto const end = list.find(',');
        auto const one = trim(list.substr(0, end));
        list.remove_prefix(end == list.npos ? list.size() : end + 1);
        if (one.empty()) continue;
        auto parsed = cidr::parse(one);
        if (!parsed) return {};
        out.push_back(*parsed);
    }
    return out;
}

bool is_proxy(std::string_view peer, std::vector<cidr> const& trusted) {
    auto const address = parse_address(peer);
    return address && is_trusted(*address, trusted);
}

std::string client_address(std::string_view peer, std::string_view forwarded,
                           std::vector<cidr> const& trusted) {
    auto current = parse_address(peer);
    if (!current || forwarded.empty() || !is_trusted(*current, trusted)) return std::string(peer);
    while (!forwarded.empty()) {
        auto const comma = forwarded.rfind(',');
        auto const hop =
            parse_address(trim(comma == forwarded.npos ? forwarded : forwarded.substr(comma + 1)));
        if (!hop) break;
        current = hop;
        if (comma == forwarded.npos || !is_trusted(*hop, trusted)) break;
        forwarded = forwarded.substr(0, comma);
    }
    return current->to_string();
}

}  // namespace vanna::http
