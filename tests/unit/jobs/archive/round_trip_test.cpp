#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "jobs/archive/digest.hpp"
#include "tests/unit/jobs/archive/sample.hpp"

namespace vanna::jobs::archive {
namespace {

std::uint32_t mode_of(std::string const& path) {
    struct stat s{};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &s) == 0);
    return s.st_mode;
}

void must_come_back(sample const& s, key_ring const& keys, bool encrypted) {
    auto const out = extract_archive(s.path(), keys, s.into(), {});
    BOOST_TEST_REQUIRE(out.has_value(), out.error().message);
    BOOST_TEST((out->what == s.what));
    BOOST_TEST((out->signature == signature::valid));
    BOOST_TEST(out->encrypted == encrypted);
    for (auto const& [name, bytes] : s.contents) {
        BOOST_TEST((test::contents(s.into() + "/" + name) == bytes), name);
        BOOST_TEST(mode_of(s.into() + "/" + name) == (S_IFREG | 0600u));
    }
    BOOST_TEST(test::files_below(s.into()) == s.contents.size());
    BOOST_TEST(mode_of(s.into()) == (S_IFDIR | 0700u));
    BOOST_TEST(mode_of(s.into() + "/chroma") == (S_IFDIR | 0700u));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_round_trip)

BOOST_DATA_TEST_CASE(what_was_written_comes_back,
                     boost::unit_test::data::make({false, true}) *
                         boost::unit_test::data::make({false, true}),
                     encrypt, with_pigz) {
    sample const s;
    std::optional<only_path> no_pigz;
    if (!with_pigz) no_pigz.emplace(s.folder.path());
    std::uint64_t last = 0;
    auto const written = s.write({.encrypt = encrypt}, {}, [&](std::uint64_t done, std::uint64_t total) {
        BOOST_TEST(total == s.what.bytes());
        BOOST_TEST(done > last);
        last = done;
    });
    BOOST_TEST_REQUIRE(written.has_value(), written.error().message);
    BOOST_TEST(last == s.what.bytes());
    auto const file = describe("", s.path(), {}).value();
    BOOST_TEST(written->size == file.size);
    BOOST_TEST(written->sha256 == file.sha256);
    BOOST_TEST(mode_of(s.path()) == (S_IFREG | 0600u));

    BOOST_TEST((read_manifest(s.path(), our_keys(), {}).value().what == s.what));
    std::uint64_t seen = 0;
    auto const checked =
        check_archive(s.path(), our_keys(), {}, [&](std::uint64_t done, std::uint64_t total) {
            BOOST_TEST(total == file.size);
            seen = done;
        });
    BOOST_TEST((checked.value().what == s.what));
    BOOST_TEST(seen == file.size);
    must_come_back(s, our_keys(), encrypt);
    BOOST_TEST(children_left() == 0u);
}

// Around the blocks of tar, seal frames and read buffers.
BOOST_DATA_TEST_CASE(members_of_every_size_come_back,
                     boost::unit_test::data::make({0, 1, 511, 512, 513, 65535, 65536, 65537, 131072, 262144,
                                                   262145}) *
                         boost::unit_test::data::make({false, true}),
                     size, encrypt) {
    sample const s(some_text(std::size_t(size)));
    BOOST_TEST_REQUIRE(s.write({.encrypt = encrypt}).has_value());
    must_come_back(s, our_keys(), encrypt);
}

BOOST_AUTO_TEST_CASE(tar_and_gzip_read_it_too_and_learn_nothing_of_this_machine) {
    sample const s;
    s.write().value();
    command const tar{"tar", {"--force-local", "--numeric-owner", "--utc", "-tvzf", s.path()}, {}};
    auto const listed = run_child(tar, {.keep = 4096}, {}).value();
    BOOST_TEST(listed.status == 0);
    BOOST_TEST(listed.kept.find("-rw------- 0/0 ") == 0u);
    BOOST_TEST(listed.kept.find(" 2026-01-02 03:04 manifest.json\n") != std::string::npos);
    BOOST_TEST(std::count(listed.kept.begin(), listed.kept.end(), '\n') == 5);
}

BOOST_AUTO_TEST_CASE(the_same_members_give_the_same_bytes) {
    sample const s;
    auto const first = s.write().value();
    std::filesystem::remove(s.path());
    BOOST_TEST(s.write().value().sha256 == first.sha256);
}

BOOST_AUTO_TEST_CASE(a_sealed_archive_shows_nothing_of_its_content) {
    sample const s(std::string(100'000, 'r'));
    s.write({.encrypt = true}).value();
    auto const bytes = test::contents(s.path());
    BOOST_TEST(bytes.starts_with("VANNASEAL1\n" + our_keys().encryption->id));
    BOOST_TEST(bytes.find("\x1f\x8b\x08") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(rotated_keys_still_open_and_verify) {
    sample const s;
    s.write({.encrypt = true}).value();
    auto rotated = settings_with("a new key");
    rotated.encryption_previous_key = "the encryption key";
    rotated.backup_signing_key = "now stated";
    must_come_back(s, keys_from(rotated), true);
}

BOOST_AUTO_TEST_CASE(another_machine_is_told_whose_key_it_lacks) {
    sample const s;
    s.write().value();
    auto const elsewhere = keys_from(settings_with("theirs", std::string(32, 'k')));
    auto const out = check_archive(s.path(), elsewhere, {}).value();
    BOOST_TEST((out.signature == signature::other_key));
    BOOST_TEST(out.key_id == our_keys().signing.id);
    auto const refused = require_signature(out, false);
    BOOST_TEST((refused.error().code == errc::forbidden));
    BOOST_TEST(refused.error().type == "archive-other-signing-key");
    BOOST_TEST(refused.error().message.find(out.key_id) != std::string::npos);
    BOOST_TEST(require_signature(out, true).has_value());

    std::filesystem::remove(s.path());
    s.write({.encrypt = true}).value();
    auto const sealed = check_archive(s.path(), elsewhere, {});
    BOOST_TEST(sealed.error().type == "archive-sealed-with-other-key");
    BOOST_TEST(sealed.error().message.find(our_keys().encryption->id) != std::string::npos);
    BOOST_TEST(check_archive(s.path(), keys_from(settings_with("")), {}).error().type == "archive-sealed");
}

BOOST_AUTO_TEST_CASE(without_an_encryption_key_nothing_is_encrypted) {
    sample const s;
    auto const out =
        write_archive(s.path(), s.what, s.members, keys_from(settings_with("")), {.encrypt = true}, {});
    BOOST_TEST((out.error().code == errc::invalid_input));
    BOOST_TEST(out.error().message.find("ENCRYPTION_KEY") != std::string::npos);
    BOOST_TEST(nothing_left(s));
}

BOOST_AUTO_TEST_CASE(what_is_there_is_never_written_over) {
    sample const s;
    test::put_contents(s.path(), "precious");
    BOOST_TEST((s.write().error().code == errc::conflict));
    BOOST_TEST(test::contents(s.path()) == "precious");
    std::filesystem::remove(s.path());
    std::filesystem::create_symlink(s.folder.path() + "/elsewhere", s.path());
    BOOST_TEST((s.write().error().code == errc::conflict));
    BOOST_TEST(!std::filesystem::exists(s.folder.path() + "/elsewhere"));
    std::filesystem::remove(s.path());

    s.write().value();
    std::filesystem::create_directory(s.into());
    test::put_contents(s.into() + "/theirs", "kept");
    BOOST_TEST((extract_archive(s.path(), our_keys(), s.into(), {}).error().code == errc::conflict));
    BOOST_TEST(test::contents(s.into() + "/theirs") == "kept");
    BOOST_TEST(test::files_below(s.into()) == 1u);
    std::filesystem::remove(s.into() + "/theirs");
    BOOST_TEST(extract_archive(s.path(), our_keys(), s.into(), {}).has_value());
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_a_link_takes_nothing) {
    sample const s;
    s.write().value();
    auto const real = s.folder.path() + "/real";
    std::filesystem::create_directory(real);
    std::filesystem::create_symlink(real, s.into());
    BOOST_TEST(!extract_archive(s.path(), our_keys(), s.into(), {}).has_value());
    BOOST_TEST(test::files_below(real) == 0u);
    BOOST_TEST(std::filesystem::is_symlink(s.into()));
}

BOOST_AUTO_TEST_CASE(a_member_that_changed_since_it_was_described_ends_the_backup) {
    sample const s;
    auto const dump = s.members[0].path;
    auto const original = test::contents(dump);
    auto other = original;
    other[1000] ^= 1;
    for (auto const& bytes : {other, original + "x", original.substr(1), std::string()}) {
        test::put_contents(dump, bytes);
        auto const out = s.write();
        BOOST_TEST((out.error().code == errc::conflict));
        BOOST_TEST(out.error().type == "archive-member-changed");
        BOOST_TEST(out.error().message.find(dump) != std::string::npos);
        BOOST_TEST(nothing_left(s));
    }
    std::filesystem::remove(dump);
    BOOST_TEST((s.write().error().code == errc::not_found));
    std::filesystem::create_symlink("/etc/passwd", dump);
    BOOST_TEST(s.write().error().type == "archive-no-regular-file");
    BOOST_TEST(nothing_left(s));
}

BOOST_AUTO_TEST_CASE(members_must_be_those_of_the_manifest) {
    sample s;
    std::swap(s.members[0], s.members[1]);
    BOOST_TEST((s.write().error().code == errc::invalid_input));
    s.members.pop_back();
    BOOST_TEST((s.write().error().code == errc::invalid_input));
    BOOST_TEST(nothing_left(s));
}

BOOST_DATA_TEST_CASE(asked_to_end_in_the_middle_nothing_is_left,
                     boost::unit_test::data::make({false, true}) *
                         boost::unit_test::data::make({false, true}),
                     encrypt, with_pigz) {
    sample const s(some_text(2 << 20));
    std::optional<only_path> no_pigz;
    if (!with_pigz) no_pigz.emplace(s.folder.path());
    auto stop = std::make_shared<sql::stop_flag>();
    auto const at_half = [&](std::uint64_t done, std::uint64_t total) {
        if (done * 2 > total) stop->request(sql::stop_reason::requested);
    };
    auto const out = s.write({.encrypt = encrypt}, {.stop = stop}, at_half);
    BOOST_TEST((out.error().code == errc::cancelled));
    BOOST_TEST(nothing_left(s));
    BOOST_TEST((s.write({}, {.until = after(std::chrono::milliseconds(0))}).error().code ==
                errc::deadline_exceeded));
    BOOST_TEST(nothing_left(s));

    s.write({.encrypt = encrypt}).value();
    stop = std::make_shared<sql::stop_flag>();
    BOOST_TEST((extract_archive(s.path(), our_keys(), s.into(), {.stop = stop}, at_half).error().code ==
                errc::cancelled));
    BOOST_TEST(!std::filesystem::exists(s.into()));
}

BOOST_DATA_TEST_CASE(a_disk_that_takes_no_more_is_named_and_nothing_is_left,
                     boost::unit_test::data::make({false, true}), encrypt) {
    sample const s(some_text(4 << 20));
    s.write().value();
    auto const before = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    auto const limited = rlimit{200'000, limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
    auto const unpacked = extract_archive(s.path(), our_keys(), s.into(), {});
    std::filesystem::remove(s.path());
    auto const written = s.write({.encrypt = encrypt});
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, before);
    BOOST_TEST(unpacked.error().message == "writing " + s.into() + "/postgres.dump: file too large");
    BOOST_TEST((written.error().code == errc::unavailable));
    BOOST_TEST(written.error().message == "writing " + s.path() + ": file too large");
    BOOST_TEST(nothing_left(s));
}

BOOST_AUTO_TEST_CASE(a_pigz_that_fails_is_quoted_and_one_that_stalls_is_left) {
    sample const s(some_text(4 << 20));
    only_path const path(s.folder.path() + ":" + std::getenv("PATH"));
    put_program(s.folder.path() + "/pigz",
                "#!/bin/sh\nhead -c 100000 >/dev/null\necho 'pigz: abort: out of memory' >&2\nexit 2\n");
    auto const failed = s.write();
    BOOST_TEST((failed.error().code == errc::unavailable));
    BOOST_TEST(failed.error().message == "pigz failed with exit status 2: pigz: abort: out of memory");
    BOOST_TEST(nothing_left(s));

    put_program(s.folder.path() + "/pigz", "#!/bin/sh\nexec head -c 100000\n");
    BOOST_TEST(s.write().error().message == "pigz ended before it had read everything");
    put_program(s.folder.path() + "/pigz", "#!/bin/sh\nexec tail -f /dev/null\n");
    BOOST_TEST((s.write({}, {.until = after(std::chrono::milliseconds(200))}).error().code ==
                errc::deadline_exceeded));
    BOOST_TEST(nothing_left(s));
}

BOOST_AUTO_TEST_CASE(describing_says_what_is_not_there) {
    test::temporary_folder const folder;
    BOOST_TEST((describe("x", folder.path() + "/absent", {}).error().code == errc::not_found));
    BOOST_TEST(describe("x", folder.path(), {}).error().type == "archive-no-regular-file");
    BOOST_TEST(describe("x", "/dev/zero", {}).error().type == "archive-no-regular-file");
    test::put_contents(folder.path() + "/abc", "abc");
    auto const abc = describe("x", folder.path() + "/abc", {}).value();
    BOOST_TEST(abc.size == 3u);
    BOOST_TEST(abc.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
