#include "db/sqlite/golden_decision.hpp"

namespace vanna::sqlite {
namespace {

bool is_version(found_file const& file, std::string const& version) {
    return file.content && file.content->version == version;
}

std::string describe(found_file const& file) {
    return file.content ? "has " + file.content->version : "is not usable (" + file.problem + ")";
}

error unavailable(std::string message) {
    return {errc::unavailable, public_text{std::move(message)}};
}

golden_decision move_to_source(replica::target_state row, found_file const& source) {
    row.version = source.content->version;
    row.size = source.content->size;
    row.origin = "source";
    return {golden_action::move_row_and_copy, std::move(row), {}};
}

result<golden_decision> follow(replica::target_state const& row, golden_finds const& found) {
    auto const& [source, copy, restored] = found;
    if (row.version.empty())
        return unavailable("no version of the target database has been set yet: run vanna-engine init");
    if (is_version(copy, row.version)) return golden_decision{golden_action::keep, row, {}};
    if (is_version(source, row.version)) return golden_decision{golden_action::copy, row, {}};
    bool const from_backup = comes_from_backup(row);
    if (from_backup && is_version(restored, row.version))
        return golden_decision{golden_action::copy_restored, row, {}};
    return unavailable("the target database must have version " + row.version +
                       (from_backup ? ", from " + row.origin : "") + "; the source here " + describe(source) +
                       ", the copy here " + describe(copy) +
                       (from_backup ? ", the file of the restored backup " + describe(restored) : "") +
                       ": put the " + "right file at " + (from_backup ? "either place" : "TARGET_DB_SOURCE") +
                       ", or run vanna-engine golden-copy reset");
}

}  // namespace

result<golden_decision> decide(golden_cause cause, replica::target_state const& row,
                               golden_finds const& found) {
    auto const& source = found.source;
    if (cause == golden_cause::follow) return follow(row, found);
    if (cause == golden_cause::reset) {
        if (!source.content) return unavailable(source.problem);
        if (row.origin == "source" && is_version(source, row.version))
            return golden_decision{golden_action::copy, row, {}};
        return move_to_source(row, source);
    }
    bool const from_source = row.version.empty() || !comes_from_backup(row);
    if (source.content && from_source && !is_version(source, row.version)) return move_to_source(row, source);
    if (row.version.empty()) return unavailable(source.problem);
    auto out = follow(row, found);
    if (!out) return out;
    if (!source.content)
        out->note = "the source is not usable: " + source.problem;
    else if (!from_source && !is_version(source, row.version))
        out->note = "the target database comes from " + row.origin +
                    ", not from the source; golden-copy reset returns to the source";
    return out;
}

}  // namespace vanna::sqlite
