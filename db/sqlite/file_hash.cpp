#include "db/sqlite/file_hash.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

namespace vanna::sqlite {
namespace {

constexpr std::size_t block_bytes = 1u << 20;

struct digest_deleter {
    void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};

std::string hexadecimal(unsigned char const* bytes, std::size_t count) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        (out += digits[bytes[i] >> 4]) += digits[bytes[i] & 15];
    return out;
}

bool write_all(int to, char const* bytes, std::size_t count) {
    while (count > 0) {
        auto const n = ::write(to, bytes, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        count -= std::size_t(n);
    }
    return true;
}

file_stamp stamp(struct stat const& s) {
    return {std::uint64_t(s.st_size), s.st_ino,
            std::int64_t(s.st_mtim.tv_sec) * 1'000'000'000 + s.st_mtim.tv_nsec};
}

}  // namespace

std::optional<file_stamp> stamp_of(std::string const& path) {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0) return {};
    return stamp(s);
}

file_stamp stamp_of(int fd) {
    struct stat s{};
    ::fstat(fd, &s);
    return stamp(s);
}

error system_error(std::string what, std::string const& path) {
    std::string const reason = std::strerror(errno);
    return {errc::unavailable, public_text{std::move(what) + ": " + reason},
            internal_text{path + ": " + reason}};
}

result<file_content> hash_file(int from, int to, std::string const& path, interruption& watch) {
    std::unique_ptr<EVP_MD_CTX, digest_deleter> const context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    ::posix_fadvise(from, 0, 0, POSIX_FADV_SEQUENTIAL);
    std::string block(block_bytes, '\0');
    file_content out;
    for (;;) {
        if (watch.due()) return *watch.cause();
        auto const n = ::read(from, block.data(), block.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error("reading the database file failed", path);
        if (n == 0) break;
        EVP_DigestUpdate(context.get(), block.data(), std::size_t(n));
        out.size += std::uint64_t(n);
        if (to >= 0 && !write_all(to, block.data(), std::size_t(n)))
            return system_error("writing the copy of the database failed", path);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    out.version = hexadecimal(digest.data(), size);
    return out;
}

}  // namespace vanna::sqlite
