#include "core/query/spool.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <set>

#include "core/query/record_codec.hpp"
#include "tests/support/fake_history.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::query {
namespace {

struct fixture {
    test::temporary_folder root;
    spool_folder folder = *spool_folder::create(root.path());

    // Everything in it, in order, as SQL texts; drops it.
    std::vector<std::string> drain(spool& from, std::size_t most = 3) {
        std::vector<std::string> out;
        while (!from.empty()) {
            if (auto const path = from.to_load()) from.load(*read_file(*path));
            auto const batch = from.front(most, 1 << 20);
            for (auto const& r : batch.records)
                out.push_back(r.sql);
            from.drop(batch);
        }
        return out;
    }
    std::uint64_t on_disk() const {
        std::uint64_t n = 0;
        for (auto const& path : folder.segments())
            n += std::filesystem::file_size(path);
        return n;
    }
};

// Writes fail above this many bytes in a file, as on a full disk.
struct file_size_limit {
    rlimit before;
    explicit file_size_limit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit const now{bytes, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    ~file_size_limit() { setrlimit(RLIMIT_FSIZE, &before); }
};

std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i)
        out.push_back(std::to_string(i));
    return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(spool_of_a_worker, fixture)

BOOST_AUTO_TEST_CASE(a_record_is_in_the_file_when_append_returns) {
    spool s(folder, "0");
    BOOST_REQUIRE(s.append(test::some_record("select 42")));
    auto const files = folder.segments();
    BOOST_REQUIRE(files.size() == 1u);
    auto const bytes = test::contents(files[0]);
    BOOST_TEST(frame_at(bytes) == bytes.size());
    BOOST_TEST(decode_frame(bytes)->sql == "select 42");
}

BOOST_AUTO_TEST_CASE(what_is_dropped_leaves_the_disk_and_what_came_meanwhile_stays) {
    spool s(folder, "0");
    for (auto const& n : numbers(0, 5))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    auto const batch = s.front(3, 1 << 20);
    BOOST_TEST(batch.records.size() == 3u);
    BOOST_REQUIRE(s.append(test::some_record("5")));
    s.drop(batch);
    BOOST_TEST(s.records() == 3u);
    BOOST_TEST((drain(s) == numbers(3, 6)));
    BOOST_TEST(on_disk() == 0u);
    BOOST_REQUIRE(s.append(test::some_record("6")));
    BOOST_TEST((drain(s) == numbers(6, 7)));
}

BOOST_AUTO_TEST_CASE(segments_end_at_their_size_and_go_when_they_are_done) {
    spool s(folder, "0", {.segment_bytes = 1000});
    for (auto const& n : numbers(0, 20))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    BOOST_TEST(folder.segments().size() > 3u);
    BOOST_TEST((drain(s) == numbers(0, 20)));
    BOOST_TEST(folder.segments().size() <= 1u);
    BOOST_TEST(s.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(beyond_the_memory_limit_records_are_on_disk_alone_and_come_back_in_order) {
    spool s(folder, "0", {.memory_bytes = 3000, .segment_bytes = 1500});
    for (auto const& n : numbers(0, 50))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    BOOST_TEST(s.records() == 50u);
    BOOST_TEST((drain(s) == numbers(0, 50)));
    for (auto const& n : numbers(0, 5))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    BOOST_TEST((drain(s) == numbers(0, 5)));
    BOOST_TEST(on_disk() == 0u);
}

BOOST_AUTO_TEST_CASE(records_that_come_while_older_ones_are_read_back_keep_their_turn) {
    spool s(folder, "0", {.memory_bytes = 1000, .segment_bytes = 100000});
    for (auto const& n : numbers(0, 10))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    std::vector<std::string> out;
    for (int i = 10; !s.empty(); ++i) {
        if (auto const path = s.to_load()) {
            auto bytes = *read_file(*path);
            if (i < 20) BOOST_REQUIRE(s.append(test::some_record(std::to_string(i))));
            s.load(std::move(bytes));
        }
        auto const batch = s.front(4, 1 << 20);
        for (auto const& r : batch.records)
            out.push_back(r.sql);
        s.drop(batch);
    }
    BOOST_TEST((std::set(out.begin(), out.end()).size() == out.size()));
    BOOST_TEST(std::is_sorted(out.begin(), out.end(),
                              [](auto const& a, auto const& b) { return std::stoi(a) < std::stoi(b); }));
    BOOST_TEST(out.size() >= 11u);
}

BOOST_AUTO_TEST_CASE(at_both_limits_a_record_is_refused_and_taken_again_when_there_is_room) {
    spool s(folder, "0", {.disk_bytes = 2000, .memory_bytes = 1000, .segment_bytes = 500});
    int taken = 0;
    while (s.append(test::some_record(std::to_string(taken))))
        ++taken;
    BOOST_TEST(taken > 4);
    BOOST_TEST(!s.has_room());
    BOOST_TEST((s.append(test::some_record()).error().code == errc::overloaded));
    BOOST_TEST((drain(s) == numbers(0, taken)));
    BOOST_TEST(!!s.append(test::some_record()));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_records_in_memory_and_the_file_without_half_a_record) {
    spool s(folder, "0", {.memory_bytes = 20000});
    int taken = 0;
    {
        file_size_limit full(1000);
        while (s.append(test::some_record(std::to_string(taken))))
            ++taken;
        BOOST_TEST(taken > 20);
        BOOST_TEST(s.disk_failing());
        BOOST_TEST(!s.has_room());
        for (auto const& path : folder.segments()) {
            auto const bytes = test::contents(path);
            std::string_view rest = bytes;
            while (!rest.empty()) {
                BOOST_REQUIRE(frame_at(rest) > 0);
                rest.remove_prefix(frame_at(rest));
            }
        }
    }
    BOOST_TEST((drain(s) == numbers(0, taken)));
}

BOOST_AUTO_TEST_CASE(records_only_in_memory_get_another_chance_at_the_end) {
    {
        spool s(folder, "0");
        file_size_limit full(1000);
        for (auto const& n : numbers(0, 10))
            BOOST_REQUIRE(s.append(test::some_record(n)));
        setrlimit(RLIMIT_FSIZE, &full.before);
    }
    std::size_t found = 0;
    for (auto const& path : folder.segments()) {
        auto const bytes = test::contents(path);
        for (std::string_view rest = bytes; frame_at(rest) > 0; rest.remove_prefix(frame_at(rest)))
            ++found;
    }
    BOOST_TEST(found == 10u);
}

BOOST_AUTO_TEST_CASE(a_segment_damaged_on_disk_gives_what_is_whole_and_the_rest_to_put_aside) {
    spool s(folder, "0", {.memory_bytes = 0});
    for (auto const& n : numbers(0, 5))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    auto const path = *s.to_load();
    auto bytes = test::contents(path);
    bytes[bytes.size() / 2] ^= 1;
    s.load(bytes);
    auto const batch = s.front(100, 1 << 20);
    BOOST_TEST(batch.records.size() == 2u);
    BOOST_TEST(batch.unreadable.size() > 100u);
    s.drop(batch);
    BOOST_TEST(s.empty());
    BOOST_REQUIRE(s.append(test::some_record("next")));
    BOOST_TEST(s.records() == 1u);
}

BOOST_AUTO_TEST_CASE(a_segment_that_vanished_does_not_hold_up_what_follows) {
    spool s(folder, "0", {.memory_bytes = 0, .segment_bytes = 700});
    for (auto const& n : numbers(0, 6))
        BOOST_REQUIRE(s.append(test::some_record(n)));
    s.to_load();
    s.load("");
    s.drop(s.front(100, 1 << 20));
    BOOST_TEST((drain(s) == numbers(3, 6)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(spool_folders, fixture)

BOOST_AUTO_TEST_CASE(the_folder_of_a_living_process_is_nobody_elses) {
    BOOST_TEST(spool_folder::abandoned(root.path()).empty());
    auto second = *spool_folder::create(root.path());
    BOOST_TEST(spool_folder::abandoned(root.path()).empty());
    BOOST_TEST(second.path() != folder.path());
}

BOOST_AUTO_TEST_CASE(an_emptied_folder_disappears_and_one_with_records_stays) {
    std::string emptied, kept;
    {
        auto f = *spool_folder::create(root.path());
        emptied = f.path();
        spool s(f, "0");
        BOOST_REQUIRE(s.append(test::some_record()));
        s.drop(s.front(1, 1));
    }
    {
        auto f = *spool_folder::create(root.path());
        kept = f.path();
        spool s(f, "0");
        BOOST_REQUIRE(s.append(test::some_record()));
    }
    BOOST_TEST(!std::filesystem::exists(emptied));
    BOOST_TEST(std::filesystem::exists(kept));
    auto found = spool_folder::abandoned(root.path());
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].path() == kept);
    BOOST_TEST(spool_folder::abandoned(root.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_its_records_to_whoever_looks) {
    auto const child = fork();
    if (child == 0) {
        auto own = spool_folder::create(root.path());
        spool s(*own, "0");
        for (auto const& n : numbers(0, 3))
            (void)s.append(test::some_record(n));
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
    auto found = spool_folder::abandoned(root.path());
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_REQUIRE(found[0].segments().size() == 1u);
    auto const bytes = test::contents(found[0].segments()[0]);
    std::vector<std::string> sql;
    for (std::string_view rest = bytes; frame_at(rest) > 0; rest.remove_prefix(frame_at(rest)))
        sql.push_back(decode_frame(rest.substr(0, frame_at(rest)))->sql);
    BOOST_TEST((sql == numbers(0, 3)));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named) {
    auto const file = root.path() + "/file";
    test::put_contents(file, "");
    auto const r = spool_folder::create(file + "/below");
    BOOST_REQUIRE(!r);
    BOOST_TEST((r.error().code == errc::unavailable));
    BOOST_TEST(r.error().detail.find(file) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
