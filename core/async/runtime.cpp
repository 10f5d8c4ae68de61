#include "core/async/runtime.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <csignal>

#include "core/log.hpp"

namespace vanna {
namespace {

constexpr auto beat = std::chrono::milliseconds(100);
constexpr unsigned beats_a_window = 50;

}  // namespace

worker::worker(std::size_t index, foreground* front) : index_(index), front_(front) {
    pulse_.expires_after(beat);
    measure();
}

void worker::measure() {
    pulse_.async_wait([this](boost::system::error_code ec) {
        if (ec || finished_) return;
        auto const late = (std::chrono::steady_clock::now() - pulse_.expiry()).count();
        if (++beats_ % beats_a_window == 0) {
            worst_before_.store(worst_.load(std::memory_order_relaxed), std::memory_order_relaxed);
            worst_.store(late, std::memory_order_relaxed);
        } else if (late > worst_.load(std::memory_order_relaxed)) {
            worst_.store(late, std::memory_order_relaxed);
        }
        if (front_ && index_ == 0) front_->look();
        pulse_.expires_after(beat);
        measure();
    });
}

std::chrono::nanoseconds worker::lag() const {
    return std::chrono::nanoseconds(
        std::max(worst_.load(std::memory_order_relaxed), worst_before_.load(std::memory_order_relaxed)));
}

void worker::run() {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    if (front_) front_->enter(foreground::levels);
    for (;;) {
        try {
            context_.run();
            return;
        } catch (std::exception const& e) {
            log::error("an exception reached the event loop", {{"worker", index_}, {"error", e.what()}});
        }
    }
}

void worker::finish() {
    asio::post(context_, [this] {
        finished_ = true;
        pulse_.cancel();
        guard_.reset();
    });
}

runtime::runtime(std::size_t workers, foreground* front)
    : workers_([&] {
          std::vector<std::unique_ptr<worker>> made;
          auto const count = workers ? workers : std::max(1u, std::thread::hardware_concurrency());
          for (std::size_t i = 0; i < count; ++i)
              made.push_back(std::make_unique<worker>(i, front));
          return made;
      }()),
      signals_(workers_.front()->context()) {
    std::signal(SIGPIPE, SIG_IGN);
}

runtime::~runtime() {
    finish();
    join();
}

void runtime::on_signal(std::function<void(int)> act) {
    on_signal_ = std::move(act);
    for (int number : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(number);
    wait_for_signal();
}

void runtime::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int number) {
        if (ec || finishing_) return;
        wait_for_signal();  // first: whatever becomes of this one, the next must be heard
        on_signal_(number);
    });
}

void runtime::start() {
    for (auto& each : workers_)
        threads_.emplace_back([w = each.get()] { w->run(); });
}

void runtime::finish() {
    if (finishing_.exchange(true)) return;
    asio::post(workers_.front()->context(), [this] { signals_.cancel(); });
    for (auto& each : workers_)
        each->finish();
}

void runtime::join() {
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        auto raised = limit;
        raised.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

}  // namespace vanna
