#include "jobs/exclusion.hpp"

namespace vanna::jobs {
namespace {

struct entry {
    std::string_view type;
    needed_lock lock;
};

constexpr needed_lock alone{"jobs", lock_mode::exclusive};
constexpr needed_lock beside_all_but_restore{"restore", lock_mode::shared};

constexpr entry table[] = {{"backup", alone},
                           {"train", alone},
                           {"clear", alone},
                           {"golden-copy", alone},
                           {"restore", alone},
                           {"restore", {"restore", lock_mode::exclusive}},
                           {"verify", beside_all_but_restore},
                           {"vacuum", beside_all_but_restore},
                           {"evaluate", beside_all_but_restore},
                           {"pairs", beside_all_but_restore}};

}  // namespace

std::vector<needed_lock> locks_of(std::string_view type) {
    std::vector<needed_lock> out;
    for (auto const& each : table)
        if (each.type == type) out.push_back(each.lock);
    if (out.empty()) out.push_back(alone);
    return out;
}

}  // namespace vanna::jobs
