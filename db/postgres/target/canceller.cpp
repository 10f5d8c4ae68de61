#include "db/postgres/target/canceller.hpp"

#include <libpq-fe.h>

#include <atomic>
#include <future>
#include <memory>
#include <system_error>
#include <thread>

namespace vanna::pg_target {
namespace {

constexpr int most_threads = 16;  // that may wait at once for servers that are silent
std::atomic<int> waiting{0};

struct place {
    bool const is_free = ++waiting <= most_threads;
    ~place() { --waiting; }
};

struct freed {
    void operator()(PGcancel* key) const { PQfreeCancel(key); }
};

}  // namespace

bool cancel_within(pg_conn* connection, std::chrono::milliseconds limit) {
    std::unique_ptr<PGcancel, freed> key(PQgetCancel(connection));
    auto taken = std::make_unique<place>();
    if (!key || !taken->is_free) return false;
    std::promise<void> end;
    auto const ended = end.get_future();
    try {
        // It owns all that it touches: it may outlive the connection, and even main().
        std::thread([key = std::move(key), taken = std::move(taken), end = std::move(end)]() mutable {
            char problem[256];
            PQcancel(key.get(), problem, sizeof problem);
            end.set_value();
        }).detach();
    } catch (std::system_error const&) {
        return false;
    }
    return ended.wait_for(limit) == std::future_status::ready;
}

}  // namespace vanna::pg_target
