// Archives as no engine writes them: tar headers made by hand, gzip and seal around whatever a test wants.
#pragma once
#include <boost/test/unit_test.hpp>

#include "jobs/archive/digest.hpp"
#include "jobs/archive/gzip.hpp"
#include "jobs/archive/seal.hpp"
#include "tests/unit/jobs/archive/sample.hpp"

namespace vanna::jobs::archive {

struct tar_part {
    std::string name, content;
    char type = '0';
    std::string link = {};
    std::optional<std::uint64_t> stated_size = {};
};

inline std::string octal(std::uint64_t value, std::size_t digits) {
    std::string out(digits, '0');
    for (auto i = digits; i-- > 0; value /= 8)
        out[i] = char('0' + value % 8);
    return out;
}

inline std::string tar_of(tar_part const& p) {
    std::string h(512, '\0');
    auto const put = [&](std::size_t at, std::string_view text) { h.replace(at, text.size(), text); };
    put(0, std::string_view(p.name).substr(0, 100));
    put(100, octal(0600, 7));
    put(108, octal(0, 7));
    put(116, octal(0, 7));
    put(124, octal(p.stated_size.value_or(p.content.size()), 11));
    put(136, octal(0, 11));
    h[156] = p.type;
    put(157, std::string_view(p.link).substr(0, 100));
    put(257, std::string_view("ustar\00000", 8));
    put(148, "        ");
    unsigned sum = 0;
    for (unsigned char const c : h)
        sum += c;
    put(148, octal(sum, 6) + std::string("\0 ", 2));
    return h + p.content + std::string((512 - p.content.size() % 512) % 512, '\0');
}

inline std::string const tar_end = std::string(1024, '\0');

// A pax header for the next member.
inline std::string pax(std::vector<std::pair<std::string, std::string>> const& records) {
    std::string all;
    for (auto const& [name, value] : records) {
        auto const rest = " " + name + "=" + value + "\n";
        auto size = rest.size();
        while (std::to_string(size).size() + rest.size() != size)
            ++size;
        all += std::to_string(size) + rest;
    }
    return tar_of({"PaxHeader", all, 'x'});
}
inline std::string pax(std::string name, std::string value) {
    return pax({{std::move(name), std::move(value)}});
}

inline std::string gzip_of(std::string_view bytes) {
    std::string out;
    auto const to = make_gzip(6, [&](std::string_view b) { return out += b, result<void>{}; });
    (void)to->write(bytes).value();
    (void)to->finish().value();
    return out;
}

inline std::string sealed(std::string_view bytes, key const& with) {
    std::string out;
    auto const to = make_sealer(with, [&](std::string_view b) { return out += b, result<void>{}; });
    (void)to->write(bytes).value();
    (void)to->finish().value();
    return out;
}

// Gives what it has in odd pieces.
class pieces : public source {
  public:
    explicit pieces(std::string bytes) : bytes_(std::move(bytes)) {}
    result<std::size_t> read(char* to, std::size_t most) override {
        auto const n = bytes_.copy(to, std::min<std::size_t>(most, 7777), at_);
        at_ += n;
        return n;
    }

  private:
    std::string bytes_;
    std::size_t at_ = 0;
};

inline result<std::string> all_of(source& from) {
    std::string out;
    std::array<char, 10'000> block;
    for (;;) {
        auto const n = from.read(block.data(), block.size());
        if (!n) return n.error();
        if (*n == 0) return out;
        out.append(block.data(), *n);
    }
}

// One archive under construction: a signed manifest of one small dump, and what a test adds to or changes in
// it.
struct hostile {
    test::temporary_folder folder;
    std::string const dump = "what pg_dump wrote";
    manifest what;

    hostile() {
        what.kind = "backup";
        list(dump_name, dump);
    }
    void list(std::string_view name, std::string_view bytes) {
        running_sha256 sha256;
        sha256.add(bytes);
        what.files.push_back({std::string(name), bytes.size(), sha256.hex()});
    }

    std::string path() const { return folder.path() + "/hostile.tar.gz"; }
    std::string into() const { return folder.path() + "/into"; }
    std::string manifest_part() const { return tar_of({"manifest.json", to_text(what, our_keys().signing)}); }
    std::string dump_part() const { return tar_of({"postgres.dump", dump}); }

    // The refusal's type, the same from both readers, with nothing left on the disk; "" when it is accepted.
    std::string refusal_of(std::string_view file) {
        test::put_contents(path(), std::string(file));
        auto const checked = check_archive(path(), our_keys(), {});
        auto const unpacked = extract_archive(path(), our_keys(), into(), {});
        BOOST_TEST(checked.has_value() == unpacked.has_value());
        if (unpacked) {
            std::filesystem::remove_all(into());
            return "";
        }
        BOOST_TEST(checked.error().message == unpacked.error().message);
        BOOST_TEST((checked.error().code == errc::invalid_input));
        BOOST_TEST(!std::filesystem::exists(into()));
        BOOST_TEST(test::files_below(folder.path()) == 1u);
        message = checked.error().message;
        return checked.error().type;
    }
    std::string refusal_of_tar(std::string const& tar) { return refusal_of(gzip_of(tar + tar_end)); }
    // A good archive with this behind its manifest.
    std::string refusal_with(std::string const& part) {
        return refusal_of_tar(manifest_part() + part + dump_part());
    }

    std::string message;  // of the last refusal
};

}  // namespace vanna::jobs::archive
