#include "jobs/archive/seal.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/jobs/archive/hostile.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t opening_bytes = 11 + 16 + 24, frame_bytes = 65536, tag_bytes = 17;

result<std::string> opened_with(key_ring const& keys, std::string bytes) {
    pieces from(std::move(bytes));
    return all_of(*make_unsealer(from, keys));
}

std::string type_of(std::string bytes) {
    return opened_with(our_keys(), std::move(bytes)).error().type;
}

std::string seal(std::string_view bytes) {
    return sealed(bytes, *our_keys().encryption);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_seal)

BOOST_AUTO_TEST_CASE(texts_of_every_size_come_back_in_as_many_frames_as_they_need) {
    for (std::size_t const size : {0u, 1u, 65535u, 65536u, 65537u, 131072u, 200000u}) {
        auto const text = some_text(size);
        auto const bytes = seal(text);
        auto const frames = std::max<std::size_t>(1, (size + frame_bytes - 1) / frame_bytes);
        BOOST_TEST(bytes.size() == opening_bytes + size + frames * tag_bytes);
        BOOST_TEST((opened_with(our_keys(), bytes).value() == text), size);
    }
}

BOOST_AUTO_TEST_CASE(the_same_text_is_never_sealed_alike) {
    BOOST_TEST(seal("text") != seal("text"));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_is_found_and_placed) {
    auto const good = seal(some_text(150'000));
    for (std::size_t const at :
         {27u, 50u, 51u, 60u, 65000u, 65604u, 131156u, 131157u, unsigned(good.size() - 1)}) {
        auto bad = good;
        bad[at] ^= 1;
        auto const refused = opened_with(our_keys(), bad).error();
        BOOST_TEST(refused.type == "archive-damaged");
        auto const frame = at < opening_bytes ? 0 : (at - opening_bytes) / (frame_bytes + tag_bytes);
        auto const place = std::to_string(opening_bytes + frame * (frame_bytes + tag_bytes));
        BOOST_TEST(refused.message.find("damaged at byte " + place) != std::string::npos, refused.message);
    }
    auto bad = good;
    bad[11] = bad[11] == '0' ? '1' : '0';  // in the key's id
    BOOST_TEST(type_of(bad) == "archive-sealed-with-other-key");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_it_is_refused) {
    auto const good = seal(some_text(150'000));
    for (std::size_t const size : {11u, 26u, 50u, 51u, 60u, 65604u, 131157u})
        BOOST_TEST(type_of(good.substr(0, size)) == "archive-truncated", size);
    // Inside a frame it cannot be told from a changed byte.
    auto const inside = opened_with(our_keys(), good.substr(0, good.size() - 1)).error();
    BOOST_TEST(inside.type == "archive-damaged");
    BOOST_TEST(inside.message.find("ends too early") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(frames_cannot_be_dropped_swapped_or_added) {
    auto const good = seal(some_text(3 * frame_bytes));
    auto const frame = frame_bytes + tag_bytes;
    auto const first = good.substr(opening_bytes, frame), second = good.substr(opening_bytes + frame, frame);
    auto const last = good.substr(opening_bytes + 2 * frame);
    auto const opening = good.substr(0, opening_bytes);
    BOOST_TEST(opened_with(our_keys(), opening + first + second + last).has_value());
    BOOST_TEST(type_of(opening + first + last) == "archive-damaged");
    BOOST_TEST(type_of(opening + second + first + last) == "archive-damaged");
    BOOST_TEST(type_of(opening + first + second) == "archive-truncated");
    BOOST_TEST(type_of(good + "x") == "archive-trailing-bytes");
    BOOST_TEST(type_of(good + last) == "archive-trailing-bytes");
    auto const short_one = seal("short");
    BOOST_TEST(type_of(short_one + "x") == "archive-damaged");
}

BOOST_AUTO_TEST_CASE(the_key_must_be_ours) {
    auto const bytes = seal("text");
    auto const other = opened_with(keys_from(settings_with("another key")), bytes).error();
    BOOST_TEST(other.type == "archive-sealed-with-other-key");
    BOOST_TEST(other.message.find("its id is \"" + our_keys().encryption->id + "\"") != std::string::npos);
    BOOST_TEST(opened_with(keys_from(settings_with("")), bytes).error().type == "archive-sealed");
    // Its id was put over another key's archive.
    auto const forged = sealed("text", {our_keys().encryption->id, std::string(32, 'k')});
    BOOST_TEST(type_of(forged) == "archive-damaged");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
