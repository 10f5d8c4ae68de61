#include "db/sqlite/golden_decision.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::sqlite {
namespace {

replica::target_state const unset{};
replica::target_state row(std::string version, std::string origin = "source") {
    return {std::move(version), std::move(origin), 10, 7};
}
found_file has(std::string version) {
    return {file_content{std::move(version), 10}, {}};
}
found_file const missing{{}, "it is missing"};

// "action version origin", or the message.
std::string told(golden_cause cause, replica::target_state const& state, found_file const& source,
                 found_file const& copy, found_file const& restored = {{}, "no backup left one"}) {
    auto const made = decide(cause, state, {source, copy, restored});
    if (!made) return made.error().message;
    std::string const action = made->action == golden_action::keep            ? "keep"
                               : made->action == golden_action::copy          ? "copy"
                               : made->action == golden_action::copy_restored ? "copy-restored"
                                                                              : "move";
    return action + " " + made->row.version + " " + made->row.origin + (made->note.empty() ? "" : " (note)");
}

bool says(std::string const& text, std::initializer_list<std::string_view> parts) {
    for (auto part : parts)
        if (text.find(part) == std::string::npos) return false;
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_decision_)

BOOST_AUTO_TEST_CASE(a_replica_keeps_a_copy_that_matches_the_row_whatever_its_source_is) {
    for (auto const& source : {has("A"), has("B"), missing})
        for (auto const& state : {row("A"), row("A", "backup:b1")})
            BOOST_TEST(told(golden_cause::follow, state, source, has("A")) == "keep A " + state.origin);
}

BOOST_AUTO_TEST_CASE(a_replica_copies_a_source_that_matches_the_row) {
    for (auto const& copy : {has("B"), missing}) {
        BOOST_TEST(told(golden_cause::follow, row("A"), has("A"), copy) == "copy A source");
        BOOST_TEST(told(golden_cause::follow, row("A", "backup:b1"), has("A"), copy) == "copy A backup:b1");
    }
}

BOOST_AUTO_TEST_CASE(a_replica_that_can_match_the_row_with_nothing_is_not_ready_and_names_the_hashes) {
    auto const both = told(golden_cause::follow, row("A"), has("B"), has("C"));
    BOOST_TEST(says(both, {"version A", "source here has B", "copy here has C", "golden-copy reset"}), both);
    auto const none = told(golden_cause::follow, row("A", "backup:b1"), missing, missing);
    BOOST_TEST(says(none, {"version A", "from backup:b1", "it is missing", "no backup left one"}), none);
}

BOOST_AUTO_TEST_CASE(a_replica_never_moves_the_row) {
    BOOST_TEST(says(told(golden_cause::follow, unset, has("A"), missing), {"vanna-engine init"}));
    BOOST_TEST(says(told(golden_cause::follow, unset, has("A"), has("A")), {"vanna-engine init"}));
    BOOST_TEST(says(told(golden_cause::follow, row("A"), has("B"), missing), {"A", "B"}));
}

BOOST_AUTO_TEST_CASE(the_first_init_moves_the_row_to_the_source) {
    for (auto const& copy : {missing, has("A"), has("B")})
        BOOST_TEST(told(golden_cause::init, unset, has("A"), copy) == "move A source");
    BOOST_TEST(told(golden_cause::init, unset, missing, missing) == "it is missing");
    BOOST_TEST(told(golden_cause::init, unset, missing, has("A")) == "it is missing");
}

BOOST_AUTO_TEST_CASE(a_later_init_moves_a_row_from_the_source_when_the_source_has_changed) {
    for (auto const& copy : {missing, has("A"), has("B")})
        BOOST_TEST(told(golden_cause::init, row("A"), has("B"), copy) == "move B source");
}

BOOST_AUTO_TEST_CASE(a_later_init_changes_nothing_when_nothing_has_changed) {
    BOOST_TEST(told(golden_cause::init, row("A"), has("A"), has("A")) == "keep A source");
    BOOST_TEST(told(golden_cause::init, row("A"), has("A"), missing) == "copy A source");
    BOOST_TEST(told(golden_cause::init, row("A"), missing, has("A")) == "keep A source (note)");
    BOOST_TEST(
        says(told(golden_cause::init, row("A"), missing, has("B")), {"version A", "it is missing", "has B"}));
}

BOOST_AUTO_TEST_CASE(init_leaves_a_row_that_came_from_a_backup) {
    BOOST_TEST(told(golden_cause::init, row("A", "backup:b1"), has("B"), has("A")) ==
               "keep A backup:b1 (note)");
    BOOST_TEST(told(golden_cause::init, row("A", "backup:b1"), has("A"), missing) == "copy A backup:b1");
    BOOST_TEST(says(told(golden_cause::init, row("A", "backup:b1"), has("B"), has("C")),
                    {"version A", "from backup:b1"}));
}

BOOST_AUTO_TEST_CASE(a_replica_follows_a_restored_backup_from_the_file_it_left) {
    for (auto const cause : {golden_cause::follow, golden_cause::init})
        for (auto const& source : {has("B"), missing})
            for (auto const& copy : {has("B"), missing})
                BOOST_TEST(told(cause, row("A", "backup:b1"), source, copy, has("A"))
                               .starts_with("copy-restored A backup:b1"));
    BOOST_TEST(told(golden_cause::follow, row("A", "backup:b1"), has("A"), missing, has("A")) ==
               "copy A backup:b1");
    BOOST_TEST(told(golden_cause::follow, row("A", "backup:b1"), has("B"), has("A"), has("A")) ==
               "keep A backup:b1");
    BOOST_TEST(
        says(told(golden_cause::follow, row("A"), has("B"), missing, has("A")), {"version A", "has B"}));
    BOOST_TEST(told(golden_cause::reset, row("A", "backup:b1"), has("B"), has("A"), has("A")) ==
               "move B source");
}

BOOST_AUTO_TEST_CASE(reset_goes_to_the_source_whatever_the_row_says) {
    for (auto const& copy : {missing, has("A"), has("B")}) {
        BOOST_TEST(told(golden_cause::reset, unset, has("B"), copy) == "move B source");
        BOOST_TEST(told(golden_cause::reset, row("A"), has("B"), copy) == "move B source");
        BOOST_TEST(told(golden_cause::reset, row("B", "backup:b1"), has("B"), copy) == "move B source");
        BOOST_TEST(told(golden_cause::reset, row("B"), has("B"), copy) == "copy B source");
        BOOST_TEST(told(golden_cause::reset, row("A"), missing, copy) == "it is missing");
    }
}

BOOST_AUTO_TEST_CASE(a_moved_row_keeps_its_revision_for_the_store_to_compare) {
    auto const made = decide(golden_cause::reset, row("A"), {has("B"), missing, {}});
    BOOST_TEST(made->row.revision == 7);
    BOOST_TEST(made->row.size == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sqlite
