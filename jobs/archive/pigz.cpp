#include "jobs/archive/pigz.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "jobs/child.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr int pipe_bytes = 1 << 20;
constexpr std::size_t block_bytes = 256 << 10;

// write() without the SIGPIPE that a child's early end would bring, whatever the process does with it.
ssize_t write_quietly(int fd, std::string_view bytes) {
    sigset_t only, before, pending;
    ::sigemptyset(&only);
    ::sigaddset(&only, SIGPIPE);
    ::sigpending(&pending);
    ::pthread_sigmask(SIG_BLOCK, &only, &before);
    auto const n = ::write(fd, bytes.data(), bytes.size());
    auto const why = errno;
    if (n < 0 && why == EPIPE && !::sigismember(&pending, SIGPIPE)) {
        timespec const at_once{};
        ::sigtimedwait(&only, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    return n;
}

bool again() {
    return errno == EAGAIN || errno == EINTR;
}

class pigz : public stage {
  public:
    pigz(command what, child runs, descriptor in, descriptor out, descriptor errors, sink to, watch until)
        : what_(std::move(what)),
          child_(std::move(runs)),
          in_(std::move(in)),
          out_(std::move(out)),
          errors_(std::move(errors)),
          to_(std::move(to)),
          until_(std::move(until)),
          block_(block_bytes, '\0') {}

    result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            auto const room = turn(POLLOUT);
            if (!room) return room.error();
            if (!out_) return ended_early();
            if (!*room) continue;
            auto const n = write_quietly(in_.get(), bytes.substr(0, block_bytes));
            if (n < 0 && again()) continue;
            if (n < 0) return ended_early();
            bytes.remove_prefix(std::size_t(n));
        }
        return {};
    }

    result<void> finish() override {
        in_.reset();
        while (out_ || !child_.ended())
            if (auto ok = turn(0); !ok) return ok.error();
        return outcome();
    }

  private:
    // Waits until something can be done, for 50 ms at most, and takes what the child made. True: its input
    // takes more.
    result<bool> turn(short for_input) {
        if (auto ok = until_.check(); !ok) return ok.error();
        std::array<pollfd, 4> all{{{in_.get(), for_input, 0},
                                   {out_.get(), POLLIN, 0},
                                   {errors_.get(), POLLIN, 0},
                                   {out_ ? -1 : child_.pidfd(), POLLIN, 0}}};
        ::poll(all.data(), all.size(), look_ms);
        if (all[2].revents && !keep_tail(errors_.get(), said_)) errors_.reset();
        if (all[1].revents)
            if (auto ok = take(); !ok) return ok.error();
        return all[0].revents != 0;
    }

    result<void> take() {
        auto const n = ::read(out_.get(), block_.data(), block_.size());
        if (n > 0) return to_({block_.data(), std::size_t(n)});
        if (n == 0 || !again()) out_.reset();
        return {};
    }

    result<void> ended_early() {
        in_.reset();
        while (!child_.ended())
            if (auto ok = turn(0); !ok) return ok.error();
        if (auto ok = outcome(); !ok) return ok;
        return error{errc::unavailable, public_text{"pigz ended before it had read everything"}};
    }

    result<void> outcome() {
        if (errors_) keep_tail(errors_.get(), said_);
        return require_success(what_, {*child_.ended(), {}, said_});
    }

    command what_;
    child child_;
    descriptor in_, out_, errors_;
    sink to_;
    watch until_;
    std::string block_, said_;
};

}  // namespace

result<std::unique_ptr<stage>> start_pigz(unsigned threads, int level, sink to, watch const& until) {
    command what{"pigz", {"-p", std::to_string(threads), "-" + std::to_string(level), "-n"}, {}};
    auto in = make_pipe(), out = make_pipe(), errors = make_pipe();
    for (auto const* p : {&in, &out, &errors})
        if (!*p) return p->error();
    for (auto const* p : {&*in, &*out})  // fewer switches; where the system allows less, as it is
        ::fcntl(p->read.get(), F_SETPIPE_SZ, pipe_bytes);
    auto runs = child::start(what, in->read.get(), out->write.get(), errors->write.get());
    if (!runs) return runs.error();
    for (int fd : {in->write.get(), out->read.get(), errors->read.get()})
        make_nonblocking(fd);
    return std::make_unique<pigz>(std::move(what), std::move(*runs), std::move(in->write),
                                  std::move(out->read), std::move(errors->read), std::move(to), until);
}

}  // namespace vanna::jobs::archive
