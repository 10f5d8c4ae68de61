#include "server/app/backup_views.hpp"

#include "core/json_values.hpp"

namespace vanna::app {

namespace json = boost::json;

json::object view(jobs::backup_set const& set) {
    return {{"id", set.name.id},
            {"file", set.name.file()},
            {"kind", set.name.kind == jobs::backup_kind::safety ? "safety" : "backup"},
            {"encrypted", set.name.encrypted},
            {"size", set.size},
            {"created_at", to_rfc3339(set.name.created_at)},
            {"verified_at", or_null(set.checked.verified_at)},
            {"drilled_at", or_null(set.checked.drilled_at)},
            {"problem", or_null(set.checked.problem)}};
}

json::object view(jobs::backup_report const& done) {
    json::object rows;
    for (auto const& [table, n] : done.rows)
        rows.emplace(table, n);
    json::array removed;
    for (auto const& id : done.removed)
        removed.emplace_back(id);
    return {{"backup_id", done.name.id},         {"size", done.size},
            {"rows", std::move(rows)},           {"vectors", done.vectors},
            {"target_bytes", done.target_bytes}, {"removed", std::move(removed)},
            {"taken_ms", done.taken.count()},    {"verified_ms", done.verified.count()}};
}

backup_facts facts_of(std::vector<jobs::backup_set> const& sets, backup_facts known) {
    known.sets = sets.size();
    for (auto const& s : sets) {
        if (s.name.kind == jobs::backup_kind::regular) {
            known.backed_up_at = s.name.created_at;
            known.size = s.size;
        }
        known.verified_at = std::max(known.verified_at, s.checked.verified_at);
        known.drilled_at = std::max(known.drilled_at, s.checked.drilled_at);
    }
    return known;
}

}  // namespace vanna::app
