#include "server/http/disconnects.hpp"

#include <algorithm>

#include "server/http/request.hpp"

namespace vanna::http {

void disconnects::add(request& who) {
    if (std::find(watched_.begin(), watched_.end(), &who) == watched_.end()) watched_.push_back(&who);
    arm();
}

void disconnects::remove(request& who) {
    std::erase(watched_, &who);
    if (watched_.empty()) timer_.cancel();
}

void disconnects::stop_all(sql::stop_reason why) {
    for (auto* who : watched_)
        for (auto& flag : who->flags_)
            flag->request(why);
}

void disconnects::arm() {
    if (armed_ || watched_.empty()) return;
    armed_ = true;
    timer_.expires_after(std::chrono::milliseconds(50));
    timer_.async_wait([this](boost::system::error_code) {
        armed_ = false;
        sweep();
        arm();
    });
}

void disconnects::sweep() {
    descriptors_.clear();
    for (auto* who : watched_)
        descriptors_.push_back({who->descriptor_, POLLRDHUP, 0});
    if (descriptors_.empty() || poll(descriptors_.data(), descriptors_.size(), 0) <= 0) return;
    for (std::size_t i = 0; i < watched_.size(); ++i)
        if (descriptors_[i].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL))
            for (auto& flag : watched_[i]->flags_)
                flag->request(sql::stop_reason::client_gone);
}

}  // namespace vanna::http
