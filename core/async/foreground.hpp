// Threads that people wait for, kept ahead of backups, trainings and whatever else runs on the machine: in
// real time (SCHED_RR, sched(7)), where the account may use it (RLIMIT_RTPRIO: `ulimit -r 2`; CAP_SYS_NICE),
// and only while they need little. A thread that used more than three quarters of a core since the last look,
// or all of them when together they used more than half of the cores, run in turn like any other thread until
// that is over: heavy work never keeps the machine from PostgreSQL, and no work does for longer than two
// looks.
//
// Why: with every core busy, a woken thread waits for a turn, 1 to 4 ms with Linux's fair scheduler, whatever
// its niceness; tests/bench/backups.py measures it.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <ctime>
#include <mutex>
#include <vector>

namespace vanna {

class foreground {
  public:
    // Between two levels the higher one goes first.
    static constexpr int levels = 2;

    // `cores` >= 1.
    explicit foreground(unsigned cores);
    foreground(foreground const&) = delete;

    // Whether the account may run threads in real time; without it the calls below do nothing.
    bool permitted() const { return permitted_; }
    // Adds the calling thread, until it ends. `level`: 1 to `levels`.
    void enter(int level);
    // Who needs much steps back, who needs little comes to the front again. Called every beat; any thread.
    void look();

  private:
    struct thread {
        pid_t id;
        clockid_t clock;
        int level;
        std::chrono::nanoseconds used{};  // of a core, in its life
        double share = 0;                 // of a core, since the last look
        bool in_front = false;
    };
    static void put(thread& what, bool in_front);
    void measure(std::chrono::nanoseconds elapsed);

    bool permitted_;
    double most_;  // of the cores, together
    std::mutex mutex_;
    std::vector<thread> threads_;
    std::chrono::steady_clock::time_point looked_at_ = std::chrono::steady_clock::now();
};

}  // namespace vanna
