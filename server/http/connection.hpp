// What the worker knows of each open connection, whatever its stream: the phase it is in, until when, and
// how to wake it. The sweep once a second judges all of them; no connection has a timer.
#pragma once
#include <chrono>
#include <list>

#include "core/clock.hpp"

namespace vanna::http {

enum class phase : std::uint8_t { opening, idle, header, body, handling, writing, lingering };

class connection {
  public:
    virtual ~connection() = default;
    // Ends the pending socket operation with operation_aborted.
    virtual void wake() = 0;
    // Ends it, and the peer sees a reset.
    virtual void cut() = 0;

    void enter(phase p, deadline until) { phase_ = p, until_ = until; }
    phase at() const { return phase_; }
    bool timed_out() const { return timed_out_; }
    void ask_to_close() { closing_ = true; }
    bool closing() const { return closing_; }
    // Has sent nothing yet: its first request may be on the way.
    bool is_new() const { return new_; }
    void no_longer_new() { new_ = false; }

    // Bytes handed to the kernel, and those of them that the peer has not taken yet.
    void wrote(std::size_t bytes) { written_ += bytes; }
    virtual std::size_t untaken() = 0;
    // Between these two, time counts against the reader.
    void begin_waiting_for_reader(std::chrono::steady_clock::time_point t);
    void end_waiting_for_reader(std::chrono::steady_clock::time_point t);

    enum class verdict { fine, timed_out, slow_reader };
    // The sweep's question: past its time, or slower than `least_rate` bytes a second over `window`?
    verdict judge(std::chrono::steady_clock::time_point t, std::size_t least_rate,
                  std::chrono::nanoseconds window);
    void mark_timed_out() { timed_out_ = true; }

  private:
    deadline until_ = deadline::max();
    phase phase_ = phase::opening;
    bool timed_out_ = false, closing_ = false, new_ = true;
    std::chrono::steady_clock::time_point waiting_since_{};
    std::chrono::nanoseconds waited_{};  // within the current window
    std::size_t written_ = 0, taken_before_ = 0;
    friend class listener;
    std::list<connection*>::iterator place_;
};

}  // namespace vanna::http
