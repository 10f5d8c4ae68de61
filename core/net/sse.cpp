#include "core/net/sse.hpp"

#include <algorithm>

namespace vanna::net {

std::string to_wire(sse_event const& event) {
    std::string out;
    auto line = [&out](std::string_view field, std::string_view value) {
        out.append(field).append(": ");
        for (char c : value)
            if (c != '\r' && c != '\n') out.push_back(c);
        out.push_back('\n');
    };
    if (!event.id.empty()) line("id", event.id);
    if (!event.name.empty()) line("event", event.name);
    std::string_view rest = event.data;
    for (;;) {
        auto const end = rest.find('\n');
        line("data", rest.substr(0, end));
        if (end == rest.npos) break;
        rest.remove_prefix(end + 1);
    }
    out.push_back('\n');
    return out;
}

// Lines end with LF, CR or CRLF; a CR at the very end waits for what follows it.
bool sse_parser::take_line(std::string& line) {
    auto const end = pending_.find_first_of("\r\n", scanned_);
    if (end == pending_.npos || (pending_[end] == '\r' && end + 1 == pending_.size())) {
        scanned_ = end == pending_.npos ? pending_.size() : end;
        if (pending_.size() - begin_ > most_) {
            pending_.clear();
            begin_ = scanned_ = 0;
            overflowed_ = true;
        }
        return false;
    }
    line.assign(pending_, begin_, end - begin_);
    begin_ = end + (pending_[end] == '\r' && pending_[end + 1] == '\n' ? 2 : 1);
    scanned_ = begin_;
    if (begin_ > 64 * 1024 || begin_ == pending_.size()) {
        pending_.erase(0, begin_);
        begin_ = scanned_ = 0;
    }
    return true;
}

std::optional<sse_event> sse_parser::next() {
    std::string line;
    while (take_line(line)) {
        if (line.empty()) {
            auto done = std::exchange(current_, {});
            if (!std::exchange(any_data_, false)) continue;
            done.data.pop_back();
            return done;
        }
        auto const colon = line.find(':');
        if (colon == 0) continue;
        auto const field = std::string_view(line).substr(0, colon);
        auto value = colon == line.npos ? std::string_view() : std::string_view(line).substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (field == "data") {
            any_data_ = true;
            if (current_.data.size() + value.size() > most_)
                overflowed_ = true;
            else
                current_.data.append(value).push_back('\n');
            if (current_.data.empty()) current_.data.push_back('\n');
        } else if (field == "event") {
            current_.name = value;
        } else if (field == "id") {
            current_.id = value;
        }
    }
    return {};
}

}  // namespace vanna::net
