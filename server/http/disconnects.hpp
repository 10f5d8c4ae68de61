// Notices clients that go away while their request runs: every 50 ms the sockets of the requests that
// registered a stop flag are polled, and only those. One a worker; used on its thread only.
#pragma once
#include <poll.h>

#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "core/sql/target.hpp"

namespace vanna::http {

class request;

class disconnects {
  public:
    explicit disconnects(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}
    disconnects(disconnects const&) = delete;

    void add(request& who);
    void remove(request& who);
    // Requests the stop of everything registered.
    void stop_all(sql::stop_reason why);
    std::size_t size() const { return watched_.size(); }

  private:
    void arm();
    void sweep();

    boost::asio::steady_timer timer_;
    bool armed_ = false;
    std::vector<request*> watched_;
    std::vector<pollfd> descriptors_;
};

}  // namespace vanna::http
