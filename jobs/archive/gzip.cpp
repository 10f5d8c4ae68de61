#include "jobs/archive/gzip.hpp"

#include <zlib.h>

#include <stdexcept>

#include "jobs/archive/refusal.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t block_bytes = 128 << 10;
constexpr int gzip_window = 15 + 16;  // zlib's way to say gzip, with the greatest window
constexpr std::string_view gzip_magic = "\x1f\x8b";

unsigned char* raw(char const* bytes) {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(bytes));  // zlib's input is not const
}

class compressing : public stage {
  public:
    compressing(int level, sink to) : to_(std::move(to)), block_(block_bytes, '\0') {
        if (deflateInit2(&z_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::runtime_error("zlib cannot compress");
    }
    ~compressing() override { deflateEnd(&z_); }

    result<void> write(std::string_view bytes) override { return run(bytes, Z_NO_FLUSH); }
    result<void> finish() override { return run({}, Z_FINISH); }

  private:
    result<void> run(std::string_view bytes, int how) {
        z_.next_in = raw(bytes.data());
        z_.avail_in = uInt(bytes.size());
        do {
            z_.next_out = raw(block_.data());
            z_.avail_out = uInt(block_.size());
            deflate(&z_, how);
            auto const made = block_.size() - z_.avail_out;
            if (made > 0)
                if (auto ok = to_({block_.data(), made}); !ok) return ok;
        } while (z_.avail_out == 0);
        return {};
    }

    sink to_;
    std::string block_;
    z_stream z_{};
};

class decompressing : public source {
  public:
    explicit decompressing(source& from) : from_(from), block_(block_bytes, '\0') {
        if (inflateInit2(&z_, gzip_window) != Z_OK) throw std::runtime_error("zlib cannot decompress");
    }
    ~decompressing() override { inflateEnd(&z_); }

    result<std::size_t> read(char* to, std::size_t most) override {
        z_.next_out = raw(to);
        z_.avail_out = uInt(most);
        while (z_.avail_out > 0 && !ended_) {
            if (z_.avail_in == 0)
                if (auto ok = refill(); !ok) return ok.error();
            if (z_.avail_in == 0)
                return refusal("archive-truncated", "the archive ends too early, after " +
                                                        std::to_string(read_) + " compressed bytes");
            auto const state = inflate(&z_, Z_NO_FLUSH);
            ended_ = state == Z_STREAM_END;
            if (!ended_ && state != Z_OK && state != Z_BUF_ERROR) return damaged();
        }
        if (ended_ && !alone_)
            if (auto ok = nothing_follows(); !ok) return ok.error();
        return most - z_.avail_out;
    }

  private:
    result<void> refill() {
        auto const n = from_.read(block_.data(), block_.size());
        if (!n) return n.error();
        read_ += *n;
        z_.next_in = raw(block_.data());
        z_.avail_in = uInt(*n);
        return {};
    }

    result<void> nothing_follows() {
        if (z_.avail_in == 0)
            if (auto ok = refill(); !ok) return ok;
        alone_ = z_.avail_in == 0;
        if (alone_) return {};
        auto const at = std::to_string(read_ - z_.avail_in);
        if (char(*z_.next_in) == gzip_magic[0])
            return refusal("archive-several-gzip-members",
                           "the archive is several gzip members in a row; the second begins at byte " + at);
        return refusal("archive-trailing-bytes",
                       "bytes follow the archive's end at compressed byte " + at + ": it was changed");
    }

    error damaged() const {
        auto const at = read_ - z_.avail_in;
        if (z_.total_out == 0 && at <= gzip_magic.size())
            return refusal("archive-not-gzip", "this is no backup archive: it does not begin as gzip does");
        return refusal("archive-damaged", "the archive is damaged at or before compressed byte " +
                                              std::to_string(at) + " (" + (z_.msg ? z_.msg : "not gzip") +
                                              ")");
    }

    source& from_;
    std::string block_;
    z_stream z_{};
    std::uint64_t read_ = 0;
    bool ended_ = false, alone_ = false;
};

}  // namespace

std::unique_ptr<stage> make_gzip(int level, sink to) {
    return std::make_unique<compressing>(level, std::move(to));
}

std::unique_ptr<source> make_gunzip(source& from) {
    return std::make_unique<decompressing>(from);
}

}  // namespace vanna::jobs::archive
