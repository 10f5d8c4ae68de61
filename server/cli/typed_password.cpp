#include "server/cli/typed_password.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

namespace vanna::cli {
namespace {

constexpr int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
termios before;  // for the handler, which has no other way to know

extern "C" void restore_and_end(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

class no_echo {
  public:
    no_echo() {
        if (::tcgetattr(STDIN_FILENO, &before) != 0) return;
        struct sigaction on_end{};
        on_end.sa_handler = &restore_and_end;
        for (std::size_t i = 0; i < std::size(ending); ++i)
            ::sigaction(ending[i], &on_end, &former_[i]);
        auto silent = before;
        silent.c_lflag &= ~tcflag_t(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        off_ = true;
    }
    ~no_echo() {
        if (!off_) return;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        for (std::size_t i = 0; i < std::size(ending); ++i)
            ::sigaction(ending[i], &former_[i], nullptr);
    }
    no_echo(no_echo const&) = delete;

  private:
    bool off_ = false;
    struct sigaction former_[std::size(ending)]{};
};

}  // namespace

std::string read_password(std::string const& prompt) {
    std::string out;
    if (!::isatty(STDIN_FILENO)) {
        std::getline(std::cin, out);
        return out;
    }
    {
        no_echo const silence;
        std::fputs(prompt.c_str(), stderr);
        std::fflush(stderr);
        std::getline(std::cin, out);
    }
    std::fputs("\n", stderr);
    return out;
}

}  // namespace vanna::cli
