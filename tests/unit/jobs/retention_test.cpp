#include "jobs/retention.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::jobs {
namespace {

constexpr instant start = instant(std::chrono::days(20'000));

backup_set set(int minute, bool verified = true, backup_kind kind = backup_kind::regular) {
    backup_set out{name_backup(kind, start + std::chrono::minutes(minute), false), 1, {}};
    if (verified) out.checked.verified_at = start;
    return out;
}

// "keep" or "go" by age, newest first.
std::string outcome(std::vector<backup_set> sets, retention_rules const& rules) {
    std::string out;
    for (auto const& d : decide_retention(std::move(sets), rules))
        out += d.keeps ? "keep " : "go ";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retention)

BOOST_AUTO_TEST_CASE(the_newest_stay_and_the_others_go) {
    BOOST_TEST(outcome({set(1), set(4), set(2), set(3)}, {.keep = 2}) == "keep keep go go ");
    BOOST_TEST(outcome({set(1), set(2)}, {.keep = 7}) == "keep keep ");
    BOOST_TEST(outcome({}, {.keep = 1}) == "");
}

BOOST_AUTO_TEST_CASE(the_last_verified_one_stays_however_old_it_is) {
    BOOST_TEST(outcome({set(1), set(2), set(3, false), set(4, false)}, {.keep = 2}) == "keep keep keep go ");
    BOOST_TEST(outcome({set(1, false), set(2, false)}, {.keep = 1}) == "keep go ");
}

BOOST_AUTO_TEST_CASE(a_set_in_use_stays) {
    auto const old = set(1);
    BOOST_TEST(outcome({old, set(2), set(3)}, {.keep = 1, .in_use = {old.name.id}}) == "keep go keep ");
}

BOOST_AUTO_TEST_CASE(nothing_but_one_set_is_never_removed) {
    BOOST_TEST(outcome({set(1), set(2)}, {.keep = 0}) == "keep go ");
}

BOOST_AUTO_TEST_CASE(safety_backups_count_apart) {
    auto const safety = [](int minute) { return set(minute, true, backup_kind::safety); };
    BOOST_TEST(outcome({set(1), safety(2), safety(3), safety(4), set(5)}, {.keep = 1}) ==
               "keep keep keep go go ");
    // A verified safety backup does not make the last verified backup superfluous.
    BOOST_TEST(outcome({set(1), set(2, false), safety(3)}, {.keep = 1}) == "keep keep keep ");
}

BOOST_AUTO_TEST_CASE(a_set_of_the_future_stays_and_takes_nobodys_place) {
    auto const at = start + std::chrono::minutes(10);
    BOOST_TEST(outcome({set(20), set(21), set(1), set(2)}, {.keep = 1, .at = at}) == "keep keep keep go ");
    // Nor is it the last verified one.
    BOOST_TEST(outcome({set(20), set(1), set(2, false)}, {.keep = 1, .at = at}) == "keep keep keep ");
}

BOOST_AUTO_TEST_CASE(a_damaged_set_takes_nobodys_place_and_goes_once_there_are_enough_whole_ones) {
    auto damaged = set(3, false);
    damaged.checked.problem = "truncated";
    BOOST_TEST(outcome({set(1), damaged, set(2)}, {.keep = 2}) == "keep keep keep ");
    BOOST_TEST(outcome({set(1), set(4), set(5), damaged}, {.keep = 2}) == "keep keep go go ");
}

BOOST_AUTO_TEST_CASE(each_decision_names_its_rule) {
    auto const found = decide_retention({set(1, false), set(2), set(3, false)}, {.keep = 1});
    BOOST_REQUIRE(found.size() == 3u);
    BOOST_TEST(found[0].rule == "number 1 of the newest 1 (BACKUP_RETENTION_COUNT)");
    BOOST_TEST(found[1].rule == "the last one that was verified");
    BOOST_TEST(found[2].rule == "number 3, past the newest 1 (BACKUP_RETENTION_COUNT)");
}

BOOST_AUTO_TEST_CASE(sets_of_one_second_are_in_the_order_of_their_numbers) {
    auto second = set(1);
    second.name = name_backup(backup_kind::regular, second.name.created_at, false, 2);
    auto tenth = second;
    tenth.name = name_backup(backup_kind::regular, second.name.created_at, false, 10);
    auto const found = decide_retention({second, set(1), tenth}, {.keep = 1});
    BOOST_TEST(found[0].set.name.id == tenth.name.id);
    BOOST_TEST(found[1].set.name.id == second.name.id);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
