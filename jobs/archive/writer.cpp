#include "jobs/archive/writer.hpp"

#include <fcntl.h>

#include <algorithm>

#include "jobs/archive/digest.hpp"
#include "jobs/archive/files.hpp"
#include "jobs/archive/gzip.hpp"
#include "jobs/archive/pigz.hpp"
#include "jobs/archive/refusal.hpp"
#include "jobs/archive/seal.hpp"
#include "jobs/archive/tar_writer.hpp"
#include "jobs/child_process.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t block_bytes = 256 << 10;

result<void> check_members(manifest const& what, std::vector<member> const& members) {
    auto const same = [](archived_file const& f, member const& m) { return f.name == m.name; };
    if (std::ranges::equal(what.files, members, same)) return {};
    return error{errc::invalid_input,
                 public_text{"the members given are not those of the manifest, in its order"}};
}

// tar -> gzip -> perhaps the seal -> the file, in one thread.
class writing {
  public:
    writing(new_file& to, manifest const& what, watch const& until, progress const& seen)
        : to_(to), what_(what), until_(until), seen_(seen), total_(what.bytes()) {}

    result<written_archive> run(std::vector<member> const& members, key_ring const& keys, write_options how) {
        if (auto ok = open(keys, how); !ok) return ok.error();
        tar_writer tar([this](std::string_view bytes) { return gzip_->write(bytes); });
        if (auto ok = put_manifest(tar, to_text(what_, keys.signing)); !ok) return ok.error();
        for (std::size_t i = 0; i < members.size(); ++i)
            if (auto ok = put(tar, what_.files[i], members[i].path); !ok) return ok.error();
        if (auto ok = close(tar); !ok) return ok.error();
        return written_archive{size_, sha256_.hex()};
    }

  private:
    result<void> open(key_ring const& keys, write_options how) {
        sink next = [this](std::string_view bytes) {
            sha256_.add(bytes);
            size_ += bytes.size();
            return to_.write(bytes);
        };
        if (how.encrypt) {
            seal_ = make_sealer(*keys.encryption, std::move(next));
            next = [this](std::string_view bytes) { return seal_->write(bytes); };
        }
        auto const level = std::clamp(how.level, 1, 9);
        if (find_program("pigz").empty()) {
            gzip_ = make_gzip(level, std::move(next));
            return {};
        }
        auto started = start_pigz(std::clamp(how.threads, 1u, 64u), level, std::move(next), until_);
        if (!started) return started.error();
        gzip_ = std::move(*started);
        return {};
    }

    result<void> put_manifest(tar_writer& tar, std::string const& text) {
        if (text.size() > most_manifest_bytes)
            return error{errc::invalid_input,
                         public_text{"the manifest would have " + std::to_string(text.size()) +
                                     " bytes, more than an archive may hold"}};
        if (auto ok = tar.member(std::string(manifest_name), text.size(), what_.created_at); !ok) return ok;
        return tar.content(text);
    }

    result<void> put(tar_writer& tar, archived_file const& stated, std::string const& path) {
        auto from = file_source::open(path, until_);
        if (!from) return from.error();
        if (from->size() != stated.size) return changed(stated, path);
        if (auto ok = tar.member(stated.name, stated.size, what_.created_at); !ok) return ok;
        running_sha256 sha256;
        while (from->done() < stated.size) {
            auto const n =
                from->read(block_.data(), std::min<std::uint64_t>(block_.size(), stated.size - from->done()));
            if (!n) return n.error();
            if (*n == 0) return changed(stated, path);
            std::string_view const bytes(block_.data(), *n);
            sha256.add(bytes);
            if (auto ok = tar.content(bytes); !ok) return ok;
            done_ += *n;
            if (seen_) seen_(done_, total_);
        }
        auto const more = from->read(block_.data(), 1);
        if (!more) return more.error();
        return *more == 0 && sha256.hex() == stated.sha256 ? result<void>{} : changed(stated, path);
    }

    result<void> close(tar_writer& tar) {
        if (auto ok = tar.finish(); !ok) return ok;
        if (auto ok = gzip_->finish(); !ok) return ok;
        if (seal_)
            if (auto ok = seal_->finish(); !ok) return ok;
        if (auto ok = until_.check(); !ok) return ok;
        return to_.sync();
    }

    static error changed(archived_file const& stated, std::string const& path) {
        return error{errc::conflict, public_text{path + " is not the " + std::to_string(stated.size) +
                                                 " bytes that the manifest states of " + stated.name +
                                                 ": it was changed while the backup was made; make it again"}}
            .with_type("archive-member-changed");
    }

    new_file& to_;
    manifest const& what_;
    watch const& until_;
    progress const& seen_;
    std::uint64_t total_, done_ = 0, size_ = 0;
    running_sha256 sha256_;
    std::string block_ = std::string(block_bytes, '\0');
    std::unique_ptr<stage> seal_, gzip_;  // the later one writes to the earlier one
};

}  // namespace

result<archived_file> describe(std::string name, std::string const& from, watch const& until) {
    auto file = file_source::open(from, until);
    if (!file) return file.error();
    running_sha256 sha256;
    std::string block(block_bytes, '\0');
    for (;;) {
        auto const n = file->read(block.data(), block.size());
        if (!n) return n.error();
        if (*n == 0) break;
        sha256.add({block.data(), *n});
    }
    return archived_file{std::move(name), file->done(), sha256.hex()};
}

result<written_archive> write_archive(std::string const& to, manifest const& what,
                                      std::vector<member> const& members, key_ring const& keys,
                                      write_options how, watch const& until, progress const& seen) {
    if (auto ok = check(what); !ok) return ok.error();
    if (auto ok = check_members(what, members); !ok) return ok.error();
    if (how.encrypt && !keys.encryption)
        return error{errc::invalid_input,
                     public_text{"the archive cannot be encrypted: ENCRYPTION_KEY is empty; set it, or "
                                 "BACKUP_ENCRYPT=false"}};
    auto file = new_file::create(AT_FDCWD, to, to);
    if (!file) return file.error();
    auto written = writing(*file, what, until, seen).run(members, keys, how);
    if (written) file->keep();
    return written;
}

}  // namespace vanna::jobs::archive
