#include "core/query/adoption.hpp"

#include <unistd.h>

#include "core/log.hpp"
#include "core/query/record_codec.hpp"

namespace vanna::query {
namespace {

constexpr auto interval = std::chrono::seconds(5);
constexpr std::size_t most_records = 500;

}  // namespace

awaitable<void> adoption::run() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        co_await look();
        timer.expires_after(interval);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

awaitable<bool> adoption::look() {
    auto found = co_await offload(files_, [root = root_]() -> result<std::vector<spool_folder>> {
        return spool_folder::abandoned(root);
    });
    if (!found) co_return false;
    bool all = true;
    for (auto& folder : *found)
        all = co_await take_over(std::move(folder)) && all;
    co_return all;
}

awaitable<bool> adoption::take_over(spool_folder folder) {
    committer to(store_, folder.rejected_path(), must_wait_);
    bool all = true;
    for (auto const& path : folder.segments()) {
        auto bytes = co_await offload(files_, [path] { return read_file(path); });
        if (!bytes) log::warn("a left spool segment cannot be read", {{"error", bytes.error().detail}});
        all = bytes && co_await replay(to, std::move(*bytes));
        if (!all) break;
        ::unlink(path.c_str());
    }
    committed_ += to.committed();
    rejected_ += to.rejected();
    if (to.committed() + to.rejected() > 0)
        log::info("query records of a process that died were adopted", {{"path", folder.path()},
                                                                        {"committed", to.committed()},
                                                                        {"rejected", to.rejected()},
                                                                        {"complete", all}});
    co_return all;
}

awaitable<bool> adoption::replay(committer& to, std::string bytes) {
    std::string_view rest = bytes;
    std::string unreadable;
    while (!rest.empty()) {
        std::vector<record> batch;
        while (!rest.empty() && batch.size() < most_records) {
            auto const size = frame_at(rest);
            auto r = size ? decode_frame(rest.substr(0, size)) : std::nullopt;
            if (r)
                batch.push_back(std::move(*r));
            else
                unreadable += rest.substr(0, size ? size : rest.size());
            rest.remove_prefix(size ? size : rest.size());
        }
        if (!batch.empty() && !co_await to.commit(batch)) co_return false;
    }
    to.put_aside_unreadable(unreadable);
    co_return true;
}

}  // namespace vanna::query
