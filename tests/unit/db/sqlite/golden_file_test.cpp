#include "db/sqlite/golden_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/sqlite/golden_record.hpp"
#include "tests/unit/db/sqlite/sqlite_file.hpp"

namespace vanna::sqlite {

using test::sqlite_file;
namespace fs = std::filesystem;

namespace {

std::string const script =
    "CREATE TABLE t (a TEXT); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < "
    "20000) "
    "INSERT INTO t SELECT hex(i * 7919) FROM c";

// A source in one folder and room for its copy in another.
struct files {
    files() : source(script) { fs::create_directory(source.folder() / "data"); }
    golden_paths paths() const {
        return {source.path(), (source.folder() / "data" / "copy.db").string(), {}};
    }
    std::string copy() const { return paths().copy; }
    std::vector<std::string> left_in_folder() const {
        std::vector<std::string> out;
        for (auto const& entry : fs::directory_iterator(source.folder() / "data"))
            out.push_back(entry.path().filename().string());
        std::sort(out.begin(), out.end());
        return out;
    }
    sqlite_file source;
};

file_content source_content(golden_file const& file) {
    interruption watch;
    auto const found = file.look_at_source(true, watch);
    BOOST_REQUIRE(found);
    BOOST_REQUIRE_MESSAGE(found->content, found->problem);
    return *found->content;
}

result<void> copy_once(golden_file const& file, bool anew = false) {
    interruption watch;
    auto staged = file.stage(source_content(file), file.paths().source, anew, watch);
    if (!staged) return staged.error();
    return file.publish(std::move(*staged));
}

std::string source_problem_of(std::string const& path) {
    interruption watch;
    auto const found = golden_file({path, path + ".copy"}).look_at_source(false, watch);
    return found ? found->problem : found.error().message;
}

std::vector<std::string> const settled{"copy.db", "copy.db.lock", "copy.db.state"};

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_file_)

BOOST_AUTO_TEST_CASE(a_hash_is_the_files_sha256) {
    files const at;
    std::ofstream(at.copy()) << "abc";
    interruption watch;
    descriptor const fd(::open(at.copy().c_str(), O_RDONLY));
    auto const hashed = hash_file(fd.get(), -1, at.copy(), watch);
    BOOST_TEST(hashed->version == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(hashed->size == 3u);
}

BOOST_AUTO_TEST_CASE(a_copy_is_the_source_byte_for_byte_read_only_and_alone_in_its_folder) {
    files const at;
    golden_file const file(at.paths());
    BOOST_REQUIRE(copy_once(file));
    BOOST_TEST(bool(sqlite_file::bytes_of(at.copy()) == at.source.bytes()));
    struct stat s{};
    BOOST_REQUIRE_EQUAL(::stat(at.copy().c_str(), &s), 0);
    BOOST_TEST((s.st_mode & 0777) == 0444u);
    BOOST_TEST(at.left_in_folder() == settled, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_source_is_untouched_in_bytes_and_in_time) {
    files const at;
    auto const bytes = at.source.bytes();
    auto const stamp = stamp_of(at.source.path());
    golden_file const file(at.paths());
    BOOST_REQUIRE(copy_once(file));
    BOOST_REQUIRE(copy_once(file, true));
    BOOST_TEST(bool(stamp_of(at.source.path()) == stamp));
    BOOST_TEST(bool(at.source.bytes() == bytes));
    for (auto suffix : {"-wal", "-shm", "-journal"})
        BOOST_TEST(!fs::exists(at.source.path() + suffix));
}

BOOST_AUTO_TEST_CASE(a_second_copy_of_the_same_version_is_not_made_unless_asked_for) {
    files const at;
    golden_file const file(at.paths());
    BOOST_REQUIRE(copy_once(file));
    auto const first = stamp_of(at.copy());
    BOOST_REQUIRE(copy_once(file));
    BOOST_TEST(bool(stamp_of(at.copy()) == first));
    BOOST_REQUIRE(copy_once(file, true));
    BOOST_TEST(bool(stamp_of(at.copy()) != first));
}

BOOST_AUTO_TEST_CASE(a_start_trusts_the_record_and_a_full_look_does_not) {
    files const at;
    golden_file const file(at.paths());
    auto const expected = source_content(file);
    BOOST_REQUIRE(copy_once(file));
    struct stat before{};
    ::stat(at.copy().c_str(), &before);
    // Tampering that hides its traces: same size, same times, same inode.
    fs::permissions(at.copy(), fs::perms::owner_all);
    {
        std::fstream out(at.copy(), std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(5000);
        out.put('!');
    }
    timespec const times[] = {before.st_atim, before.st_mtim};
    ::utimensat(AT_FDCWD, at.copy().c_str(), times, 0);
    interruption watch;
    BOOST_TEST(bool(file.look_at_copy(false, watch)->content == expected));
    BOOST_TEST(bool(file.look_at_copy(true, watch)->content != expected));
    // From now on a quick look knows, too.
    BOOST_TEST(bool(file.look_at_copy(false, watch)->content != expected));
}

BOOST_AUTO_TEST_CASE(a_touched_copy_is_hashed_again_and_a_broken_record_only_costs_a_hash) {
    files const at;
    golden_file const file(at.paths());
    auto const expected = source_content(file);
    BOOST_REQUIRE(copy_once(file));
    interruption watch;
    ::utimensat(AT_FDCWD, at.copy().c_str(), nullptr, 0);
    BOOST_TEST(bool(file.look_at_copy(false, watch)->content == expected));
    for (auto odd :
         {"", "{", "[]", "{\"copy\":5}", "{\"copy\":{\"sha256\":\"x\",\"size\":-1,\"inode\":1e99}}"}) {
        std::ofstream(at.copy() + ".state") << odd;
        BOOST_TEST(bool(file.look_at_copy(false, watch)->content == expected), odd);
    }
    fs::remove(at.copy());
    BOOST_TEST(!file.look_at_copy(false, watch)->content);
}

BOOST_AUTO_TEST_CASE(a_source_with_changes_outside_of_its_file_is_refused_with_the_way_out) {
    for (auto suffix : {"-wal", "-journal"}) {
        files const at;
        std::ofstream(at.source.path() + suffix) << "pending";
        auto const problem = source_problem_of(at.source.path());
        BOOST_TEST(problem.find(suffix) != std::string::npos, problem);
        BOOST_TEST(problem.find(".backup") != std::string::npos, problem);
        std::ofstream(at.source.path() + suffix, std::ios::trunc).close();
        BOOST_TEST(source_problem_of(at.source.path()) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_wal_mode_source_without_pending_changes_copies_and_reads) {
    sqlite_file const source("PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    auto const copy = (source.folder() / "copy.db").string();
    BOOST_REQUIRE(copy_once(golden_file({source.path(), copy})));
    BOOST_TEST(bool(sqlite_file::bytes_of(copy) == source.bytes()));
    BOOST_TEST(!fs::exists(copy + "-shm"));
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_refused_with_its_reason) {
    files const at;
    auto const says = [](std::string const& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    };
    BOOST_TEST(
        says(source_problem_of((at.source.folder() / "none.db").string()), "is missing: looked for /"));
    BOOST_TEST(says(source_problem_of(""), "TARGET_DB_SOURCE"));
    BOOST_TEST(says(source_problem_of(at.source.folder().string()), "not a file"));
    std::ofstream(at.source.folder() / "text.db") << "some notes";
    BOOST_TEST(says(source_problem_of((at.source.folder() / "text.db").string()), "not a SQLite database"));
    std::ofstream(at.source.folder() / "empty.db").close();
    BOOST_TEST(says(source_problem_of((at.source.folder() / "empty.db").string()), "not a SQLite database"));
}

BOOST_AUTO_TEST_CASE(a_damaged_source_is_not_copied_and_the_copy_in_place_stays) {
    files const at;
    golden_file const file(at.paths());
    BOOST_REQUIRE(copy_once(file));
    auto const good = sqlite_file::bytes_of(at.copy());
    {
        std::fstream out(at.source.path(), std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(4096);
        out << std::string(4096, '\xEE');
    }
    auto const again = copy_once(file);
    BOOST_TEST(again.error().message.find("damaged") != std::string::npos);
    BOOST_TEST(bool(sqlite_file::bytes_of(at.copy()) == good));
    BOOST_TEST(at.left_in_folder() == settled, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rows_that_break_their_own_rules_are_not_damage) {
    sqlite_file const source(R"sql(
        CREATE TABLE t (a, b TEXT);
        INSERT INTO t VALUES (NULL, 'x');
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a NOT NULL, b TEXT CHECK (b <> ''x''))' WHERE name = 't';
    )sql");
    auto const made = copy_once(golden_file({source.path(), (source.folder() / "copy.db").string()}));
    BOOST_TEST(made.has_value());
}

BOOST_AUTO_TEST_CASE(a_source_that_changes_while_it_is_copied_is_a_conflict) {
    files const at;
    auto const expected = source_content(golden_file(at.paths()));
    golden_file const file(at.paths(), [&](std::string_view step) {
        if (step == "write") at.source.run("INSERT INTO t VALUES ('late')");
    });
    interruption watch;
    auto const staged = file.stage(expected, file.paths().source, false, watch);
    BOOST_TEST(bool(staged.error().code == errc::conflict));
    BOOST_TEST(at.left_in_folder() == (std::vector<std::string>{"copy.db.lock", "copy.db.state"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_file_under_two_names_is_refused) {
    files const at;
    auto const path = at.source.path();
    auto const link = (at.source.folder() / "link.db").string(),
               hard = (at.source.folder() / "hard.db").string();
    fs::create_symlink(path, link);
    fs::create_hard_link(path, hard);
    for (auto const& same :
         {path, link, hard, (at.source.folder() / "data" / ".." / "target file.db").string()})
        BOOST_TEST(bool(check_distinct({path, same}).error().code == errc::invalid_input), same);
    BOOST_TEST(check_distinct(at.paths()).has_value());
    BOOST_TEST(check_distinct({"none", "nothing"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_stop_or_a_deadline_ends_a_copy_without_a_trace) {
    files const at;
    auto const expected = source_content(golden_file(at.paths()));
    sql::stop_flag stop;
    interruption watch;
    watch.arm(deadline::max(), &stop);
    golden_file const file(at.paths(), [&](std::string_view step) {
        if (step == "verify") stop.request(sql::stop_reason::requested);
    });
    BOOST_TEST(bool(file.stage(expected, file.paths().source, false, watch).error().code == errc::cancelled));
    watch.arm(deadline{}, nullptr);
    BOOST_TEST(bool(file.stage(expected, file.paths().source, false, watch).error().code ==
                    errc::deadline_exceeded));
    BOOST_TEST(at.left_in_folder() == (std::vector<std::string>{"copy.db.lock", "copy.db.state"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_replica_that_waits_for_another_finds_the_copy_made) {
    files const at;
    golden_file const file(at.paths());
    auto const expected = source_content(file);
    interruption watch;
    auto first = file.stage(expected, file.paths().source, false, watch);
    BOOST_REQUIRE(first);
    std::thread second([&] {
        interruption own;
        auto staged = golden_file(at.paths()).stage(expected, at.paths().source, false, own);
        BOOST_REQUIRE(staged);
        BOOST_REQUIRE(golden_file(at.paths()).publish(std::move(*staged)));
    });
    BOOST_REQUIRE(file.publish(std::move(*first)));
    auto const made = stamp_of(at.copy());
    second.join();
    BOOST_TEST(bool(stamp_of(at.copy()) == made));
}

BOOST_AUTO_TEST_CASE(killed_at_any_step_there_is_the_old_copy_or_the_new_one_and_the_next_attempt_heals) {
    std::vector<std::string> const steps{"lock",    "open",   "write",       "sync",   "verify",
                                         "protect", "rename", "sync folder", "record", "done"};
    for (auto const& last : steps) {
        files const at;
        BOOST_REQUIRE(copy_once(golden_file(at.paths())));
        auto const old = sqlite_file::bytes_of(at.copy());
        at.source.run("INSERT INTO t VALUES ('new')");
        auto const child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            golden_file const dying(at.paths(), [&](std::string_view step) {
                if (step == last) ::_exit(9);
            });
            interruption watch;
            auto const found = dying.look_at_source(true, watch);
            auto staged = dying.stage(*found->content, dying.paths().source, false, watch);
            if (staged) (void)dying.publish(std::move(*staged)).has_value();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_REQUIRE_EQUAL(WEXITSTATUS(status), 9);
        auto const now = sqlite_file::bytes_of(at.copy());
        bool const is_new = now == at.source.bytes();
        BOOST_TEST((is_new || now == old), "after " << last);
        BOOST_TEST(is_new == (last == "sync folder" || last == "record" || last == "done"), last);
        golden_file const after_restart(at.paths());
        interruption watch;
        auto const content = after_restart.look_at_copy(false, watch)->content;
        BOOST_TEST((content == source_content(after_restart)) == is_new);
        BOOST_REQUIRE(copy_once(after_restart));
        BOOST_TEST(bool(sqlite_file::bytes_of(at.copy()) == at.source.bytes()));
        BOOST_TEST(at.left_in_folder() == settled, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sqlite
