// Server-sent events (HTML standard, 9.2): written by the job and ask routes, parsed from models that
// stream. Pure text, no I/O.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vanna::net {

struct sse_event {
    std::string name;  // empty: "message"
    std::string data;  // may hold line breaks
    std::string id;
};

// One event as it goes over the wire, blank line included.
std::string to_wire(sse_event const& event);
inline constexpr std::string_view sse_heartbeat = ":\n\n";  // a comment: keeps proxies awake

// Fed byte by byte or more; gives events as their blank line arrives. An event larger than the limit is
// dropped and `overflowed()` says so.
class sse_parser {
  public:
    explicit sse_parser(std::size_t most = 1024 * 1024) : most_(most) {}
    void feed(std::string_view bytes) { pending_ += bytes; }
    std::optional<sse_event> next();
    bool overflowed() const { return overflowed_; }

  private:
    bool take_line(std::string& line);
    std::size_t most_, scanned_ = 0, begin_ = 0;
    std::string pending_;
    sse_event current_;
    bool any_data_ = false, overflowed_ = false;
};

}  // namespace vanna::net
