#include "jobs/retention.hpp"

#include <algorithm>

namespace vanna::jobs {
namespace {

std::string text(std::size_t n) {
    return std::to_string(n);
}

// By age, and of one second by the number that was appended.
bool is_newer(backup_set const& a, backup_set const& b) {
    auto const key = [](backup_set const& s) {
        return std::tuple(s.name.created_at, s.name.id.size(), s.name.id);
    };
    return key(a) > key(b);
}

}  // namespace

std::vector<retention_decision> decide_retention(std::vector<backup_set> sets, retention_rules const& rules) {
    std::ranges::sort(sets, is_newer);
    std::size_t regular = 0, safety = 0;
    bool found_verified = false;
    std::vector<retention_decision> out;
    for (auto& set : sets) {
        bool const is_safety = set.name.kind == backup_kind::safety;
        bool const is_early = set.name.created_at > rules.at, is_damaged = !set.checked.problem.empty();
        auto& place = is_safety ? safety : regular;
        auto const limit = is_safety ? rules.keep_safety : std::max<std::size_t>(1, rules.keep);
        if (!is_early && !is_damaged) ++place;
        bool const is_last_verified =
            !is_safety && !is_early && set.checked.verified_at && !std::exchange(found_verified, true);
        retention_decision d{std::move(set), true, false, {}};
        d.in_use = rules.in_use.contains(d.set.name.id);
        if (is_early)
            d.rule = "dated in the future, a clock was wrong: delete it by hand";
        else if (is_damaged)
            d.rule = place < limit ? "damaged, but kept until there are enough whole ones"
                                   : "damaged, and there are enough whole ones";
        else if (place <= limit)
            d.rule = is_safety ? "safety backup " + text(place) + " of the last " + text(limit)
                               : "number " + text(place) + " of the newest " + text(limit) +
                                     " (BACKUP_RETENTION_COUNT)";
        else if (is_last_verified)
            d.rule = "the last one that was verified";
        else
            d.rule = is_safety ? "older than the last " + text(limit) + " safety backups"
                               : "number " + text(place) + ", past the newest " + text(limit) +
                                     " (BACKUP_RETENTION_COUNT)";
        d.keeps = is_early || is_last_verified || (is_damaged ? place < limit : place <= limit);
        if (!d.keeps && d.in_use) {
            d.keeps = true;
            d.rule = "in use by a job, or the target database comes from it";
        }
        out.push_back(std::move(d));
    }
    return out;
}

}  // namespace vanna::jobs
