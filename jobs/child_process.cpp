#include "jobs/child_process.hpp"

#include <poll.h>
#include <signal.h>

#include <optional>

#include "core/sql/utf8.hpp"
#include "jobs/child.hpp"

namespace vanna::jobs {
namespace {

constexpr auto grace = std::chrono::seconds(2);
constexpr std::size_t most_lines = 4, most_quoted = 1000;

// Waits for one child, reading what it prints.
class waiting {
  public:
    waiting(command const& what, child runs, std::size_t keep, descriptor output, descriptor errors)
        : what_(what),
          child_(std::move(runs)),
          keep_(keep),
          output_(std::move(output)),
          errors_(std::move(errors)) {}

    result<finished> run(watch const& until) {
        std::optional<error> why;
        while (!child_.ended()) {
            if (!why)
                if (auto ok = look(until); !ok) {
                    why = ok.error();
                    child_.send(SIGTERM);
                    killed_at_ = std::chrono::steady_clock::now() + grace;
                }
            if (why && std::chrono::steady_clock::now() >= killed_at_) child_.send(SIGKILL);
            wait();
            read();
        }
        read();
        if (!why && too_much()) why = look(until).error();
        if (why) return *why;
        done_.status = *child_.ended();
        return std::move(done_);
    }

  private:
    bool too_much() const { return done_.kept.size() > keep_; }

    result<void> look(watch const& until) const {
        if (too_much())
            return error{errc::too_large,
                         public_text{what_.program + " prints more than the " + std::to_string(keep_) +
                                     " bytes that are expected of it"}};
        return until.check();
    }

    void wait() {
        std::array<pollfd, 3> all{
            {{child_.pidfd(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};
        ::poll(all.data(), all.size(), look_ms);
    }

    // Without waiting: a child of the child may keep the pipe open for longer than it lives itself.
    void read() {
        if (errors_ && !keep_tail(errors_.get(), done_.errors)) errors_.reset();
        std::array<char, 4096> block;
        while (output_) {
            auto const n = ::read(output_.get(), block.data(), block.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && errno == EAGAIN) return;
            if (n <= 0)
                output_.reset();
            else if (!too_much())
                done_.kept.append(block.data(), std::size_t(n));
            else
                return;
        }
    }

    command const& what_;
    child child_;
    std::size_t keep_;
    descriptor output_, errors_;
    std::chrono::steady_clock::time_point killed_at_{};
    finished done_;
};

// What a program prints need be neither text nor UTF-8; a message is both.
std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const [length, valid] = sql::next_utf8(text);
        bool const control = static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f;
        out += !valid ? sql::replacement_character : control ? " " : text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty()) out.push_back(line);
    }
    return out;
}

// The last lines, or those from the last error on: pg_restore quotes whole statements behind it.
std::string last_words(std::string_view text) {
    auto const lines = lines_of(text);
    auto const before_last = lines.size() - std::min(most_lines, lines.size());
    auto begin = before_last;
    for (std::size_t i = 0; i < before_last; ++i)
        if (lines[i].find("error: ") != std::string_view::npos) begin = i;
    std::string out;
    for (auto i = begin; i < std::min(begin + most_lines, lines.size()); ++i)
        (out += i == begin ? "" : " | ") += lines[i];
    return printable(std::string_view(out).substr(0, most_quoted));
}

}  // namespace

result<finished> run_child(command const& what, stdio files, watch const& until) {
    if (auto ok = until.check(); !ok) return ok.error();
    auto errors = make_pipe();
    if (!errors) return errors.error();
    pipe_ends output;
    if (files.keep > 0) {
        auto made = make_pipe();
        if (!made) return made.error();
        output = std::move(*made);
    }
    auto runs = child::start(what, files.input, files.keep > 0 ? output.write.get() : files.output,
                             errors->write.get());
    if (!runs) return runs.error();
    errors->write.reset();
    output.write.reset();
    make_nonblocking(errors->read.get());
    if (output.read) make_nonblocking(output.read.get());
    return waiting(what, std::move(*runs), files.keep, std::move(output.read), std::move(errors->read))
        .run(until);
}

result<void> require_success(command const& what, finished const& ended) {
    if (ended.status == 0) return {};
    auto const said = last_words(ended.errors);
    auto const how = ended.status > 128 ? " was ended by signal " + std::to_string(ended.status - 128)
                                        : " failed with exit status " + std::to_string(ended.status);
    return error{errc::unavailable,
                 public_text{what.program + how + (said.empty() ? " and printed nothing" : ": " + said)}};
}

}  // namespace vanna::jobs
