#include "jobs/archive/seal.hpp"

#include <cstring>

#include "jobs/archive/refusal.hpp"
#include "jobs/archive/sodium.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t frame_bytes = 64 << 10;
constexpr std::size_t sealed_bytes = frame_bytes + crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t header_bytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t id_digits = 16;
static_assert(crypto_secretstream_xchacha20poly1305_KEYBYTES == 32);

class sealer : public stage {
  public:
    sealer(key const& with, sink to) : to_(std::move(to)), sealed_(sealed_bytes, '\0') {
        start_sodium();
        std::string header(header_bytes, '\0');
        crypto_secretstream_xchacha20poly1305_init_push(&state_, raw(header), raw(with.bytes));
        opening_ = std::string(seal_magic) + with.id + header;
    }

    ~sealer() override { sodium_memzero(&state_, sizeof state_); }

    // A full frame is held back until more comes: only then is it not the last.
    result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            if (plain_.size() == frame_bytes)
                if (auto ok = push(crypto_secretstream_xchacha20poly1305_TAG_MESSAGE); !ok) return ok;
            auto const part = bytes.substr(0, frame_bytes - plain_.size());
            plain_ += part;
            bytes.remove_prefix(part.size());
        }
        return {};
    }

    result<void> finish() override { return push(crypto_secretstream_xchacha20poly1305_TAG_FINAL); }

  private:
    result<void> push(unsigned char tag) {
        unsigned long long size = 0;
        crypto_secretstream_xchacha20poly1305_push(&state_, raw(sealed_), &size, raw(plain_), plain_.size(),
                                                   raw(opening_), opening_.size(), tag);
        plain_.clear();
        if (!opening_.empty())
            if (auto ok = to_(opening_); !ok) return ok;
        opening_.clear();
        return to_(std::string_view(sealed_).substr(0, size));
    }

    sink to_;
    crypto_secretstream_xchacha20poly1305_state state_;
    std::string opening_;  // goes before the first frame, which authenticates it
    std::string plain_, sealed_;
};

class unsealer : public source {
  public:
    unsealer(source& from, key_ring const& keys) : from_(from), keys_(keys), sealed_(sealed_bytes, '\0') {
        start_sodium();
    }

    ~unsealer() override { sodium_memzero(&state_, sizeof state_); }

    result<std::size_t> read(char* to, std::size_t most) override {
        if (at_ == 0)
            if (auto ok = open(); !ok) return ok.error();
        while (given_ == plain_.size() && !last_)
            if (auto ok = pull(); !ok) return ok.error();
        auto const n = std::min(most, plain_.size() - given_);
        std::memcpy(to, plain_.data() + given_, n);
        given_ += n;
        return n;
    }

  private:
    result<void> open() {
        opening_.resize(seal_magic.size() + id_digits + header_bytes);
        auto const n = read_whole(from_, opening_.data(), opening_.size());
        if (!n) return n.error();
        if (*n < opening_.size()) return truncated(*n);
        auto const id = opening_.substr(seal_magic.size(), id_digits);
        auto const* with = keys_.encryption_of(id);
        if (!with) return no_key(id);
        auto const header = std::string_view(opening_).substr(seal_magic.size() + id_digits);
        if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, raw(header), raw(with->bytes)) != 0)
            return damaged();
        at_ = opening_.size();
        return {};
    }

    result<void> pull() {
        auto const n = read_whole(from_, sealed_.data(), sealed_.size());
        if (!n) return n.error();
        if (*n < crypto_secretstream_xchacha20poly1305_ABYTES) return truncated(at_ + *n);
        plain_.resize(frame_bytes);
        unsigned long long size = 0;
        unsigned char tag = 0;
        if (crypto_secretstream_xchacha20poly1305_pull(&state_, raw(plain_), &size, &tag, raw(sealed_), *n,
                                                       raw(opening_), opening_.size()) != 0)
            return *n < sealed_.size() ? damaged(", or it ends too early") : damaged();
        plain_.resize(size);
        given_ = 0;
        opening_.clear();
        at_ += *n;
        last_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        if (!last_ && *n < sealed_.size()) return truncated(at_);
        return last_ ? nothing_follows() : result<void>{};
    }

    result<void> nothing_follows() {
        char more = 0;
        auto const n = from_.read(&more, 1);
        if (!n) return n.error();
        if (*n == 0) return {};
        return refusal("archive-trailing-bytes",
                       "bytes follow the archive's end at byte " + std::to_string(at_) + ": it was changed");
    }

    error no_key(std::string const& id) const {
        if (!keys_.encryption)
            return refusal("archive-sealed", "the archive is sealed with an ENCRYPTION_KEY (its id is " +
                                                 quoted(id) + ") and none is set here");
        return refusal("archive-sealed-with-other-key",
                       "the archive is sealed with another ENCRYPTION_KEY (its id is " + quoted(id) +
                           "; the one set here has the id " + keys_.encryption->id +
                           "): set that one as ENCRYPTION_PREVIOUS_KEY");
    }
    error damaged(std::string const& more = {}) const {
        return refusal("archive-damaged",
                       "the archive is damaged at byte " + std::to_string(at_) + " or after it" + more);
    }
    static error truncated(std::uint64_t at) {
        return refusal("archive-truncated", "the archive ends too early, at byte " + std::to_string(at));
    }

    source& from_;
    key_ring const& keys_;
    crypto_secretstream_xchacha20poly1305_state state_{};
    std::string opening_, sealed_, plain_;
    std::uint64_t at_ = 0;  // in the file, where the next frame begins
    std::size_t given_ = 0;
    bool last_ = false;
};

}  // namespace

std::unique_ptr<stage> make_sealer(key const& with, sink to) {
    return std::make_unique<sealer>(with, std::move(to));
}

std::unique_ptr<source> make_unsealer(source& from, key_ring const& keys) {
    return std::make_unique<unsealer>(from, keys);
}

result<std::size_t> read_whole(source& from, char* to, std::size_t most) {
    std::size_t n = 0;
    while (n < most) {
        auto const part = from.read(to + n, most - n);
        if (!part) return part.error();
        if (*part == 0) break;
        n += *part;
    }
    return n;
}

}  // namespace vanna::jobs::archive
