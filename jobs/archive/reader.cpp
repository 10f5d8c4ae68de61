#include "jobs/archive/reader.hpp"

#include <set>

#include "jobs/archive/digest.hpp"
#include "jobs/archive/extraction.hpp"
#include "jobs/archive/gzip.hpp"
#include "jobs/archive/refusal.hpp"
#include "jobs/archive/seal.hpp"
#include "jobs/archive/tar_reader.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::uint64_t header_bytes = 4096;  // of one member, with its padding
constexpr std::uint64_t slack_bytes = most_manifest_bytes + (256 << 10);

// file -> perhaps the seal -> gzip -> tar, pulled from the end.
class reading {
  public:
    static result<std::unique_ptr<reading>> open(std::string const& path, key_ring const& keys,
                                                 watch const& until) {
        auto file = file_source::open(path, until);
        if (!file) return file.error();
        return std::unique_ptr<reading>(new reading(std::move(*file), keys));
    }

    result<opened> manifest_first() {
        auto first = tar_.next();
        if (!first) return first.error();
        if (!*first || (*first)->name != manifest_name)
            return refusal("archive-no-manifest", *first ? "the archive's first member is " +
                                                               quoted((*first)->name) + ", not manifest.json"
                                                         : "the archive is empty: it has no manifest.json");
        if ((*first)->size > most_manifest_bytes)
            return refusal("archive-manifest-too-large",
                           "the archive's manifest has " + std::to_string((*first)->size) +
                               " bytes; at most " + std::to_string(most_manifest_bytes) + " are read");
        std::string text;
        for (;;) {
            auto const part = tar_.content();
            if (!part) return part.error();
            if (part->empty()) break;
            text += *part;
        }
        auto said = parse_manifest(text, keys_);
        if (!said) return said.error();
        return opened{std::move(said->what), said->signature, std::move(said->key_id), unsealed_ != nullptr};
    }

    // All members, into `to` unless it is null.
    result<opened> everything(extraction* to, progress const& seen, std::uint64_t limit) {
        auto out = manifest_first();
        if (!out) return out;
        auto const& what = out->what;
        if (what.bytes() > limit)
            return refusal("archive-too-large", "the archive unpacks to " + std::to_string(what.bytes()) +
                                                    " bytes; there is room for " + std::to_string(limit));
        tar_.allow(slack_bytes + what.bytes() + what.files.size() * header_bytes);
        std::set<std::string> found{std::string(manifest_name)};
        for (;;) {
            auto const next = tar_.next();
            if (!next) return next.error();
            if (!*next) break;
            auto const stated = checked(what, **next, found);
            if (!stated) return stated.error();
            if (auto ok = take(**stated, to, seen); !ok) return ok.error();
        }
        for (auto const& f : what.files)
            if (!found.contains(f.name))
                return refusal("archive-missing-member",
                               "the archive does not hold " + f.name + ", which its manifest lists");
        return out;
    }

  private:
    reading(file_source file, key_ring const& keys)
        : keys_(keys),
          file_(std::move(file)),
          unsealed_(file_.begins_with(seal_magic) ? make_unsealer(file_, keys) : nullptr),
          unpacked_(make_gunzip(unsealed_ ? *unsealed_ : file_)),
          tar_(*unpacked_) {}

    static result<archived_file const*> checked(manifest const& what, tar_member const& next,
                                                std::set<std::string>& found) {
        if (!found.insert(next.name).second)
            return refusal("archive-duplicate-member", "the archive holds " + quoted(next.name) + " twice");
        auto const* stated = what.find(next.name);
        if (!stated)
            return refusal("archive-unlisted-member",
                           "the archive holds " + quoted(next.name) + ", which its manifest does not list");
        if (next.size != stated->size)
            return refusal("archive-wrong-size",
                           "the archive's " + stated->name + " has " + std::to_string(next.size) +
                               " bytes; its manifest states " + std::to_string(stated->size));
        return stated;
    }

    result<void> take(archived_file const& stated, extraction* to, progress const& seen) {
        new_file* file = nullptr;
        if (to) {
            auto made = to->create(stated.name);
            if (!made) return made.error();
            file = *made;
        }
        running_sha256 sha256;
        for (;;) {
            auto const part = tar_.content();
            if (!part) return part.error();
            if (part->empty()) break;
            sha256.add(*part);
            if (file)
                if (auto ok = file->write(*part); !ok) return ok;
            if (seen) seen(file_.done(), file_.size());
        }
        if (sha256.hex() == stated.sha256) return {};
        return refusal(
            "archive-wrong-hash",
            "the archive's " + stated.name + " is damaged: its SHA-256 is not the one its manifest states");
    }

    key_ring const& keys_;
    file_source file_;
    std::unique_ptr<source> unsealed_, unpacked_;
    tar_reader tar_;
};

}  // namespace

result<opened> read_manifest(std::string const& path, key_ring const& keys, watch const& until) {
    auto const from = reading::open(path, keys, until);
    if (!from) return from.error();
    return (*from)->manifest_first();
}

result<opened> check_archive(std::string const& path, key_ring const& keys, watch const& until,
                             progress const& seen, std::uint64_t limit) {
    auto const from = reading::open(path, keys, until);
    if (!from) return from.error();
    return (*from)->everything(nullptr, seen, limit);
}

result<opened> extract_archive(std::string const& path, key_ring const& keys, std::string const& into,
                               watch const& until, progress const& seen, std::uint64_t limit) {
    auto const from = reading::open(path, keys, until);
    if (!from) return from.error();
    auto to = extraction::open(into);
    if (!to) return to.error();
    auto out = (*from)->everything(&*to, seen, limit);
    if (out) to->keep();
    return out;
}

result<void> require_signature(opened const& what, bool trust) {
    auto const refused = [](std::string type, std::string message) {
        return error{errc::forbidden, public_text{std::move(message)}}.with_type(std::move(type));
    };
    switch (what.signature) {
        case signature::valid:
            return {};
        case signature::absent:
            if (trust) return {};
            return refused("archive-unsigned",
                           "the archive is not signed; only `vanna-engine backup restore --trust` "
                           "restores it");
        case signature::other_key:
            if (trust) return {};
            return refused(
                "archive-other-signing-key",
                "the archive is signed with a key that is not set here (its id is " + what.key_id +
                    "); set that BACKUP_SIGNING_KEY, or use `vanna-engine backup restore --trust`");
        case signature::wrong:
            break;
    }
    return refused("archive-tampered",
                   "the archive's manifest was changed after it was signed; nothing restores it");
}

}  // namespace vanna::jobs::archive
