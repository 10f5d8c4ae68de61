#include "core/ids.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "core/clock.hpp"

namespace vanna {

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(ids_made_in_a_row_are_version_7_carry_the_time_and_rise) {
    auto last = new_id();
    for (int i = 0; i < 10'000; ++i) {
        auto const next = new_id();
        BOOST_REQUIRE(last < next);
        last = next;
    }
    auto const time = time_of(last);
    BOOST_REQUIRE(time);
    BOOST_TEST(std::chrono::abs(*time - now()).count() < 1'000'000);
}

BOOST_AUTO_TEST_CASE(a_forked_process_does_not_repeat_its_parents_ids) {
    (void)new_id();
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    auto const child = fork();
    if (child == 0) {
        auto const made = new_id();
        (void)!write(ends[1], made.bytes.data(), made.bytes.size());
        _exit(0);
    }
    auto const mine = new_id();
    uuid theirs;
    BOOST_REQUIRE(read(ends[0], theirs.bytes.data(), theirs.bytes.size()) == 16);
    waitpid(child, nullptr, 0);
    close(ends[0]), close(ends[1]);
    BOOST_TEST(!std::equal(mine.bytes.begin() + 8, mine.bytes.end(), theirs.bytes.begin() + 8));
}

BOOST_AUTO_TEST_CASE(text_and_id_are_the_same_thing_both_ways) {
    auto const id = new_id();
    BOOST_TEST(bool(parse_uuid(to_string(id)) == id));
    BOOST_TEST(bool(parse_uuid("0190A0B0-C0D0-7EF0-8123-456789ABCDEF")));
}

BOOST_AUTO_TEST_CASE(anything_but_36_hexadecimal_characters_with_hyphens_is_no_id) {
    for (auto bad : {"", "0190a0b0c0d07ef08123456789abcdef", "0190a0b0-c0d0-7ef0-8123-456789abcdeg",
                     "0190a0b0-c0d0-7ef0-8123-456789abcdef ", "../../../../../../../../etc/passwd!!"})
        BOOST_TEST(!parse_uuid(bad));
}

BOOST_AUTO_TEST_CASE(a_version_4_uuid_has_no_time) {
    BOOST_TEST(!time_of(*parse_uuid("3f2504e0-4f89-41d3-9a0c-0305e82c3301")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(clock_)

BOOST_AUTO_TEST_CASE(an_instant_survives_its_text) {
    auto const t = now();
    BOOST_TEST(bool(parse_rfc3339(to_rfc3339(t)) == t));
}

BOOST_AUTO_TEST_CASE(offsets_spaces_and_postgresql_forms_mean_the_same_instant) {
    auto const t = parse_rfc3339("2024-02-29T12:00:00Z");
    BOOST_REQUIRE(t);
    for (auto same : {"2024-02-29T14:00:00+02:00", "2024-02-29 12:00:00+00", "2024-02-29T12:00:00.000Z"})
        BOOST_TEST(bool(parse_rfc3339(same) == t), same);
}

BOOST_AUTO_TEST_CASE(impossible_dates_and_half_times_are_refused) {
    for (auto bad : {"2023-02-29T12:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01", "2024-01-01T00:00:00",
                     "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx", ""})
        BOOST_TEST(!parse_rfc3339(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
