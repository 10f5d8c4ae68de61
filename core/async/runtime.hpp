// The workers of the process: threads with an io_context of their own each, which a request never leaves.
// main() builds one runtime, everything else is handed a worker. There is no stop(): a worker ends when
// finish() was called and its last work is gone.
#pragma once
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/async/foreground.hpp"

namespace vanna {

namespace asio = boost::asio;

// One thread's event loop. Objects made for a worker are used on its thread only.
class worker {
  public:
    worker(std::size_t index, foreground* front);

    std::size_t index() const { return index_; }
    asio::io_context& context() { return context_; }
    asio::any_io_executor executor() { return context_.get_executor(); }
    // The longest a due timer had to wait for this loop within the last 5 to 10 seconds; any thread.
    std::chrono::nanoseconds lag() const;

  private:
    friend class runtime;
    void measure();
    void run();
    void finish();

    std::size_t index_;
    foreground* front_;
    asio::io_context context_{1};
    asio::steady_timer pulse_{context_};
    unsigned beats_ = 0;
    bool finished_ = false;
    std::atomic<std::int64_t> worst_{0}, worst_before_{0};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
};

class runtime {
  public:
    // `workers` 0: one a core. They enter `front`, which outlives them, and look at it every 100 ms.
    explicit runtime(std::size_t workers, foreground* front = nullptr);
    ~runtime();  // finish() and join()
    runtime(runtime const&) = delete;

    std::size_t size() const { return workers_.size(); }
    worker& at(std::size_t index) { return *workers_[index]; }

    // `act` is called on worker 0 with SIGTERM, SIGINT or SIGHUP, each time one arrives. Before start().
    void on_signal(std::function<void(int)> act);
    void start();
    // No more is coming: the signals, pulses and guards that keep the loops alive go. Any thread, once or
    // more.
    void finish();
    // Waits for every worker to run out of work.
    void join();

  private:
    void wait_for_signal();

    std::vector<std::unique_ptr<worker>> workers_;
    asio::signal_set signals_;
    std::function<void(int)> on_signal_;
    std::vector<std::thread> threads_;
    std::atomic<bool> finishing_{false};
};

// Raises the soft limit of open files to the hard one; the limit now in force.
std::size_t raise_descriptor_limit();

}  // namespace vanna
