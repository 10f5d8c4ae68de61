// Refused authentications, counted per action, address and minute, so that strangers cannot fill the audit
// trail: the first of a minute becomes an entry at once, the others one entry when the minute is over. One a
// worker; the caller appends what is returned.
#pragma once
#include <map>

#include "core/audit/entry.hpp"

namespace vanna::audit {

class failures {
  public:
    // `most_addresses`: above it strangers share one line without an address.
    explicit failures(std::size_t most_addresses = 1000) : most_addresses_(most_addresses) {}

    // The entry itself when it is the first of its minute, nothing when it was only counted.
    std::optional<entry> note(entry refused);
    // The counts of minutes that ended before `at`; all of them when `at` is instant::max().
    std::vector<entry> collect(instant at);
    std::size_t size() const { return counts_.size(); }

  private:
    struct count {
        std::int64_t minute = 0;
        std::uint64_t more = 0;           // beyond the first
        std::vector<std::string> emails;  // a few of those tried
        instant last{};
        std::string request_id;
    };
    std::size_t most_addresses_;
    std::map<std::pair<std::string, std::string>, count> counts_;  // by action and address
};

}  // namespace vanna::audit
