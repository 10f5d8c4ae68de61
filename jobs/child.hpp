// One started child, the part that run_child and the archive's filter share. What is started here is behind
// the server in the queues (nice 10, I/O best-effort 7), has three descriptors and a stated environment, and
// gets SIGKILL when the starting thread ends. Blocks: job pool only.
#pragma once
#include <sys/types.h>

#include <optional>

#include "jobs/child_process.hpp"

namespace vanna::jobs {

inline constexpr int look_ms = 50;  // how often who waits for a child looks at the watch

class child {
  public:
    // With these as its standard descriptors, which stay the caller's; -1: /dev/null. Errors as of run_child.
    static result<child> start(command const& what, int input, int output, int errors);
    child(child&& other) noexcept;
    child& operator=(child&& other) noexcept;
    ~child();  // killed and reaped, if that has not happened

    int pidfd() const { return pidfd_.get(); }  // readable once it has ended
    // Its exit status, or 128 + the signal's number, once it has ended; it is reaped then.
    std::optional<int> ended();
    void send(int signal);

  private:
    child(pid_t pid, descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    std::optional<int> reap(int options);

    pid_t pid_;
    descriptor pidfd_;
    std::optional<int> status_;
};

struct pipe_ends {
    descriptor read, write;  // both closed on exec
};
result<pipe_ends> make_pipe();
void make_nonblocking(int fd);

// Reads what there is now, without waiting, and keeps the last 8 KiB of it all. False: the end was reached.
bool keep_tail(int fd, std::string& tail);

}  // namespace vanna::jobs
