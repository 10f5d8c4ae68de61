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

result<golden_decision> follow(replica::target_state const& row, found_file const& source,
                               found_file const& copy) {
    if (row.version.empty())
        return unavailable("no version of the target database has been set yet: run vanna-engine init");
    if (is_version(copy, row.version)) return golden_decision{golden_action::keep, row, {}};
    if (is_version(source, row.version)) return golden_decision{golden_action::copy, row, {}};
    auto const origin = row.origin == "source" || row.origin.empty() ? "" : ", from " + row.origin;
    return unavailable("the target database must have version " + row.version + origin +
                       "; the source here " + describe(source) + ", the copy here " + describe(copy) +
                       ": put the right file at TARGET_DB_SOURCE, or run vanna-engine golden-copy reset");
}

}  // namespace

result<golden_decision> decide(golden_cause cause, replica::target_state const& row, found_file const& source,
                               found_file const& copy) {
    if (cause == golden_cause::follow) return follow(row, source, copy);
    if (cause == golden_cause::reset) {
        if (!source.content) return unavailable(source.problem);
        if (row.origin == "source" && is_version(source, row.version))
            return golden_decision{golden_action::copy, row, {}};
        return move_to_source(row, source);
    }
    bool const from_source = row.version.empty() || row.origin == "source" || row.origin.empty();
    if (source.content && from_source && !is_version(source, row.version)) return move_to_source(row, source);
    if (row.version.empty()) return unavailable(source.problem);
    auto out = follow(row, source, copy);
    if (!out) return out;
    if (!source.content)
        out->note = "the source is not usable: " + source.problem;
    else if (!from_source && !is_version(source, row.version))
        out->note = "the target database comes from " + row.origin +
                    ", not from the source; golden-copy reset returns to the source";
    return out;
}

}  // namespace vanna::sqlite
