#include "tests/unit/jobs/archive/hostile.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

namespace vanna::jobs::archive {

BOOST_AUTO_TEST_SUITE(archive_hostile)

BOOST_AUTO_TEST_CASE(the_one_made_by_hand_is_good_before_it_is_changed) {
    hostile h;
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part()) == "", h.message);
    BOOST_TEST(h.refusal_of(sealed(gzip_of(h.manifest_part() + h.dump_part() + tar_end),
                                   *our_keys().encryption)) == "");
    // Padding to a record, as GNU tar writes it.
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part() + std::string(300'000, '\0')) == "");
}

BOOST_AUTO_TEST_CASE(the_manifest_comes_first) {
    hostile h;
    BOOST_TEST(h.refusal_of_tar(h.dump_part() + h.manifest_part()) == "archive-no-manifest");
    BOOST_TEST(h.message == "the archive's first member is \"postgres.dump\", not manifest.json");
    BOOST_TEST(h.refusal_of_tar("") == "archive-no-manifest");
    BOOST_TEST(h.message == "the archive is empty: it has no manifest.json");
    BOOST_TEST(h.refusal_of(gzip_of("")) == "archive-damaged");  // not even a tar's end
    BOOST_TEST(h.refusal_of_tar(tar_of({"manifest.json", std::string((1 << 20) + 1, ' ')})) ==
               "archive-manifest-too-large");
    BOOST_TEST(h.refusal_of_tar(tar_of({"manifest.json", std::string(1 << 20, ' ')})) ==
               "archive-manifest-invalid");
}

BOOST_AUTO_TEST_CASE(names_that_leave_the_folder) {
    hostile h;
    for (std::string const name :
         {"/etc/passwd", "../escaped", "..", "chroma/../../escaped", "chroma/..", "a/../postgres.dump"}) {
        BOOST_TEST(h.refusal_with(tar_of({name, "x"})) == "archive-unsafe-path", name);
        BOOST_TEST(h.message.find("\"" + name + "\"") != std::string::npos);
    }
    // The long name comes from a pax header, or from GNU's.
    BOOST_TEST(h.refusal_with(pax("path", "../escaped") + tar_of({"postgres.dump", h.dump})) ==
               "archive-unsafe-path");
    BOOST_TEST(h.refusal_with(tar_of({"././@LongLink", std::string("/escaped\0", 9), 'L'}) +
                              tar_of({"postgres.dump", h.dump})) == "archive-unsafe-path");
    BOOST_TEST(h.refusal_of_tar(tar_of({"../manifest.json", "{}"})) == "archive-unsafe-path");
}

BOOST_AUTO_TEST_CASE(names_that_only_look_like_ours) {
    hostile h;
    for (std::string const name : {"./postgres.dump", "postgres.dump.", "POSTGRES.DUMP",
                                   "chroma//collection.json", "postgres.dump\n", "\xff"})
        BOOST_TEST(h.refusal_with(tar_of({name, "x"})) == "archive-unlisted-member", name);
    BOOST_TEST(h.refusal_with(pax("path", "postgres\xc3\xa4.dump") + tar_of({"x", "x"})) != "");
}

BOOST_AUTO_TEST_CASE(whatever_is_no_plain_file) {
    hostile h;
    std::map<char, std::string> const kinds{{'1', "a hard link"}, {'2', "a symbolic link"}, {'3', "a device"},
                                            {'4', "a device"},    {'5', "a folder"},        {'6', "a fifo"}};
    for (auto const& [type, kind] : kinds) {
        BOOST_TEST(h.refusal_with(tar_of({"target/vanna_db.db", "", type, "/etc/passwd"})) ==
                   "archive-not-a-file");
        BOOST_TEST(h.message == "the archive's member \"target/vanna_db.db\" is " + kind +
                                    "; a backup holds plain files only");
        // In the place of what is listed.
        BOOST_TEST(h.refusal_of_tar(h.manifest_part() + tar_of({"postgres.dump", "", type, "/etc/passwd"})) ==
                   "archive-not-a-file");
        BOOST_TEST(h.refusal_of_tar(tar_of({"manifest.json", "", type, "/etc/passwd"})) ==
                   "archive-not-a-file");
    }
    BOOST_TEST(h.refusal_with(tar_of({"chroma/", ""})) == "archive-not-a-file");
    // With content of its own, as pax allows.
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + tar_of({"postgres.dump", h.dump, '1', "/etc/passwd"})) ==
               "archive-not-a-file");
}

BOOST_AUTO_TEST_CASE(attributes_that_no_backup_has) {
    hostile h;
    auto const dump = h.dump_part();
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + pax("SCHILY.xattr.user.x", "y") + dump) ==
               "archive-member-attributes");
    BOOST_TEST(h.message.find("extended attributes") != std::string::npos);
    BOOST_TEST(
        h.refusal_of_tar(h.manifest_part() +
                         pax("SCHILY.acl.access", "user::rw-,user:0:rwx,group::r--,mask::rwx,other::r--") +
                         dump) == "archive-member-attributes");
    BOOST_TEST(h.message.find("access control list") != std::string::npos);
    // 18 bytes of content behind a hole of 4 GiB.
    auto const sparse = pax({{"GNU.sparse.size", "4294967314"},
                             {"GNU.sparse.numblocks", "1"},
                             {"GNU.sparse.map", "4294967296,18"}});
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + sparse + dump) == "archive-member-attributes");
    BOOST_TEST(h.message.find("sparse") != std::string::npos, h.message);
}

BOOST_AUTO_TEST_CASE(members_twice_too_many_or_too_few) {
    hostile h;
    BOOST_TEST(h.refusal_with(h.dump_part()) == "archive-duplicate-member");
    BOOST_TEST(h.refusal_with(h.manifest_part()) == "archive-duplicate-member");
    BOOST_TEST(h.refusal_with(tar_of({"chroma/collection.json", "x"})) == "archive-unlisted-member");
    BOOST_TEST(h.refusal_with(tar_of({"extra", "x"})) == "archive-unlisted-member");
    BOOST_TEST(h.refusal_of_tar(h.manifest_part()) == "archive-missing-member");
    h.list(records_name, "{}\n");
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part()) == "archive-missing-member");
    BOOST_TEST(h.message == "the archive does not hold chroma/records.ndjson, which its manifest lists");
}

BOOST_AUTO_TEST_CASE(sizes_and_hashes_that_differ_from_the_manifest) {
    hostile h;
    auto const with_dump = [&](tar_part p) { return h.refusal_of_tar(h.manifest_part() + tar_of(p)); };
    BOOST_TEST(with_dump({"postgres.dump", "What pg_dump wrote"}) == "archive-wrong-hash");
    BOOST_TEST(with_dump({"postgres.dump", h.dump + "!"}) == "archive-wrong-size");
    BOOST_TEST(with_dump({"postgres.dump", ""}) == "archive-wrong-size");
    // A bomb says its size, or it lies about it.
    BOOST_TEST(with_dump({"postgres.dump", "", '0', "", std::uint64_t(1) << 32}) == "archive-wrong-size");
    BOOST_TEST(with_dump({"postgres.dump", h.dump + std::string(4096, 'x'), '0', "", h.dump.size()}) ==
               "archive-damaged");
}

BOOST_AUTO_TEST_CASE(a_bomb_is_refused_before_it_is_unpacked) {
    hostile h;
    auto const zeros = std::string(64 << 20, '\0');
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part() + tar_end + zeros) == "archive-size-bomb");
    // In front of the manifest: a header that never ends.
    BOOST_TEST(h.refusal_of(gzip_of(tar_of({"PaxHeader", zeros, 'x'}))) == "archive-damaged", h.message);
    BOOST_TEST(h.refusal_of(gzip_of(zeros)) == "archive-size-bomb", h.message);

    auto const good = gzip_of(h.manifest_part() + h.dump_part() + tar_end);
    test::put_contents(h.path(), good);
    auto const limited = check_archive(h.path(), our_keys(), {}, {}, h.dump.size() - 1);
    BOOST_TEST(limited.error().type == "archive-too-large");
    BOOST_TEST(check_archive(h.path(), our_keys(), {}, {}, h.dump.size()).has_value());
}

BOOST_AUTO_TEST_CASE(gzip_that_is_cut_changed_or_continued) {
    hostile h;
    auto const good = gzip_of(h.manifest_part() + h.dump_part() + tar_end);
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(h.refusal_of(good.substr(0, size)) == "archive-truncated", size << " of " << good.size());
    BOOST_TEST(h.refusal_of(good + "x") == "archive-trailing-bytes");
    BOOST_TEST(h.refusal_of(good + std::string(1, '\0')) == "archive-trailing-bytes");
    BOOST_TEST(h.refusal_of(good + good) == "archive-several-gzip-members");
    BOOST_TEST(h.refusal_of(good + gzip_of("")) == "archive-several-gzip-members");
    for (std::string const other : {"PK\x03\x04 a zip", "BZh9 bzip2", "just text", "\x1f\x9d compress"})
        BOOST_TEST(h.refusal_of(other) == "archive-not-gzip");
    BOOST_TEST(h.refusal_of(h.manifest_part() + h.dump_part() + tar_end) == "archive-not-gzip");
    BOOST_TEST(h.refusal_of(gzip_of(gzip_of(h.manifest_part() + h.dump_part() + tar_end))) ==
               "archive-damaged");
    BOOST_TEST(h.refusal_of(gzip_of("no tar at all, but long enough to be asked about: " +
                                    std::string(1000, 'x'))) == "archive-damaged");
}

// Some bits mean nothing (gzip's time and system, which of two equal matches a code names): then the content
// is what it was.
BOOST_AUTO_TEST_CASE(no_flipped_bit_that_changes_the_content_is_overlooked) {
    hostile h;
    auto const tar = h.manifest_part() + h.dump_part() + tar_end;
    auto const good = gzip_of(tar);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = char(bad[at] ^ (1 << (at % 8)));
        if (h.refusal_of(bad) != "") {
            ++refused;
            continue;
        }
        pieces from(bad);
        BOOST_TEST((all_of(*make_gunzip(from)).value() == tar), "byte " << at);
    }
    BOOST_TEST(refused > good.size() - 20);
}

BOOST_AUTO_TEST_CASE(what_follows_the_tar_in_the_same_gzip) {
    hostile h;
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part() + tar_end + "hidden") ==
               "archive-trailing-bytes");
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part() + tar_end + tar_of({"evil", "x"})) ==
               "archive-trailing-bytes");
    BOOST_TEST(h.refusal_of_tar(h.manifest_part() + h.dump_part() + tar_end + std::string(200'000, '\0') +
                                "x") == "archive-trailing-bytes");
    // Cut in the middle of the tar, with a gzip that is whole.
    BOOST_TEST(h.refusal_of(gzip_of(h.manifest_part() + h.dump_part().substr(0, 520))) == "archive-damaged");
}

BOOST_AUTO_TEST_CASE(signatures_are_reported_and_judged) {
    hostile h;
    auto const read = [&](std::string const& text) {
        test::put_contents(h.path(), gzip_of(tar_of({"manifest.json", text}) + h.dump_part() + tar_end));
        return check_archive(h.path(), our_keys(), {}).value();
    };
    auto const text = to_text(h.what, our_keys().signing);
    BOOST_TEST(require_signature(read(text), false).has_value());

    auto changed = text;
    changed.replace(changed.find("\"vectors\":0"), 11, "\"vectors\":1");
    auto const tampered = read(changed);
    BOOST_TEST((tampered.signature == signature::wrong));
    BOOST_TEST(require_signature(tampered, true).error().type == "archive-tampered");

    auto const bare = text.substr(0, text.find(",\"key_id\"")) + "}";
    auto const unsigned_one = read(bare);
    BOOST_TEST((unsigned_one.signature == signature::absent));
    BOOST_TEST(require_signature(unsigned_one, false).error().type == "archive-unsigned");
    BOOST_TEST(require_signature(unsigned_one, true).has_value());
}

BOOST_AUTO_TEST_CASE(only_regular_files_are_opened) {
    hostile h;
    auto const type_of = [&](std::string const& path) {
        return read_manifest(path, our_keys(), {}).error().type;
    };
    test::put_contents(h.path(), gzip_of(h.manifest_part() + h.dump_part() + tar_end));
    std::filesystem::create_symlink(h.path(), h.folder.path() + "/link");
    BOOST_TEST(type_of(h.folder.path() + "/link") == "archive-no-regular-file");
    BOOST_TEST(type_of(h.folder.path()) == "archive-no-regular-file");
    BOOST_TEST(type_of("/dev/zero") == "archive-no-regular-file");
    auto const fifo = h.folder.path() + "/fifo";
    BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    BOOST_TEST(type_of(fifo) == "archive-no-regular-file");
    BOOST_TEST((read_manifest(h.folder.path() + "/absent", our_keys(), {}).error().code == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
