#include "jobs/child.hpp"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace vanna::jobs {
namespace {

constexpr int niceness = 10;
constexpr std::size_t tail_bytes = 8192;

error cannot_start(std::string const& path, int why) {
    return {errc::unavailable, public_text{path + " cannot be started: " + std::strerror(why)}};
}

std::vector<std::string> environment_of(command const& what) {
    auto all = what.environment;
    all["LC_ALL"] = "C";
    auto const* path = std::getenv("PATH");
    all["PATH"] = path ? path : "";
    std::vector<std::string> out;
    for (auto const& [name, value] : all)
        out.push_back(name + "=" + value);
    return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& t : texts)
        out.push_back(t.data());
    out.push_back(nullptr);
    return out;
}

struct prepared {
    char const* path;
    char* const* arguments;
    char* const* environment;
    std::array<int, 4> descriptors;  // become 0, 1, 2 and, for the error number of a failed exec, 3
    pid_t parent;
};

// Between fork and exec: only what is async-signal-safe, since other threads' locks may be held.
[[noreturn]] void become(prepared const& p) {
    int why = 0;
    std::array<int, 4> high{};
    for (std::size_t i = 0; i < high.size(); ++i)
        if ((high[i] = ::fcntl(p.descriptors[i], F_DUPFD_CLOEXEC, 10)) < 0) why = errno;
    for (std::size_t i = 0; i < high.size() && why == 0; ++i)
        if (::dup3(high[i], int(i), i == 3 ? O_CLOEXEC : 0) < 0) why = errno;
    if (why != 0) _exit(127);
    ::close_range(4, ~0u, 0);

    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != p.parent) _exit(127);                     // it ended before that took effect
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // of CAP_SYS_NICE, where the server has it
    ::setpriority(PRIO_PROCESS, 0, niceness);
    // What serves requests takes the core from it at once, whenever it wakes.
    struct sched_param const no_priority{};
    ::sched_setscheduler(0, SCHED_IDLE, &no_priority);
    ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7));

    struct sigaction by_default{};
    by_default.sa_handler = SIG_DFL;
    for (int s = 1; s < NSIG; ++s)
        ::sigaction(s, &by_default, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    ::execve(p.path, p.arguments, p.environment);
    why = errno;
    (void)!::write(3, &why, sizeof why);
    _exit(127);
}

// With all signals blocked, so that no handler of ours runs in the child.
pid_t fork_quietly(prepared const& p) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    auto const pid = ::fork();
    if (pid == 0) become(p);
    auto const why = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    return pid;
}

// Of a failed exec; 0: it runs.
int exec_error(int from) {
    int why = 0;
    ssize_t n;
    do {
        n = ::read(from, &why, sizeof why);
    } while (n < 0 && errno == EINTR);
    return n == sizeof why ? why : 0;
}

error not_in_path(std::string const& program) {
    auto const* package = program == "pigz"            ? "pigz"
                          : program.starts_with("pg_") ? "postgresql-client-15"
                                                       : nullptr;
    return {errc::not_found,
            public_text{program + " is not in PATH" + (package ? std::string(": install ") + package : "")}};
}

}  // namespace

std::string find_program(std::string_view program) {
    auto const* path = std::getenv("PATH");
    std::string_view rest = path ? path : "";
    while (!rest.empty()) {
        auto const folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        if (!folder.starts_with('/')) continue;
        auto candidate = std::string(folder) + "/" + std::string(program);
        if (::faccessat(AT_FDCWD, candidate.c_str(), X_OK, AT_EACCESS) == 0) return candidate;
    }
    return {};
}

result<child> child::start(command const& what, int input, int output, int errors) {
    auto const path = find_program(what.program);
    if (path.empty()) return not_in_path(what.program);
    descriptor const nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing) return cannot_start(path, errno);
    auto failed = make_pipe();
    if (!failed) return failed.error();

    auto arguments = what.arguments;
    arguments.insert(arguments.begin(), what.program);
    auto environment = environment_of(what);
    auto const argv = pointers(arguments), envp = pointers(environment);
    auto const or_nothing = [&](int fd) { return fd < 0 ? nothing.get() : fd; };
    auto const pid =
        fork_quietly({path.c_str(),
                      argv.data(),
                      envp.data(),
                      {or_nothing(input), or_nothing(output), or_nothing(errors), failed->write.get()},
                      ::getpid()});
    if (pid < 0) return cannot_start(path, errno);
    failed->write.reset();
    child made(pid, descriptor(int(::syscall(SYS_pidfd_open, pid, 0))));
    if (!made.pidfd_) return cannot_start(path, errno);
    if (auto const why = exec_error(failed->read.get())) return cannot_start(path, why);
    return made;
}

child::child(child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), status_(other.status_) {}

child& child::operator=(child&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    std::swap(status_, other.status_);
    return *this;
}

child::~child() {
    if (pid_ < 0 || status_) return;
    ::kill(pid_, SIGKILL);
    reap(WEXITED);
}

std::optional<int> child::ended() {
    return status_ ? status_ : reap(WEXITED | WNOHANG);
}

void child::send(int signal) {
    if (!status_) ::kill(pid_, signal);
}

std::optional<int> child::reap(int options) {
    siginfo_t what{};
    int n;
    do {
        n = ::waitid(P_PID, id_t(pid_), &what, options);
    } while (n != 0 && errno == EINTR);
    if (n == 0 && what.si_pid == pid_)
        status_ = what.si_code == CLD_EXITED ? what.si_status : 128 + what.si_status;
    return status_;
}

result<pipe_ends> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return error{errc::unavailable,
                     public_text{std::string("no pipe can be made: ") + std::strerror(errno)}};
    return pipe_ends{descriptor(ends[0]), descriptor(ends[1])};
}

void make_nonblocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

bool keep_tail(int fd, std::string& tail) {
    std::array<char, 4096> block;
    for (;;) {
        auto const n = ::read(fd, block.data(), block.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        if (n == 0) return false;
        tail.append(block.data(), std::size_t(n));
        if (tail.size() > tail_bytes) tail.erase(0, tail.size() - tail_bytes);
    }
}

}  // namespace vanna::jobs
