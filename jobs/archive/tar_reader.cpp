#include "jobs/archive/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "jobs/archive/manifest.hpp"
#include "jobs/archive/refusal.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t block_bytes = 64 << 10;

bool is_unsafe(std::string_view name) {
    if (name.starts_with('/')) return true;
    for (;;) {
        auto const end = name.find('/');
        if (name.substr(0, end) == "..") return true;
        if (end == name.npos) return false;
        name.remove_prefix(end + 1);
    }
}

std::string_view kind_of(archive_entry* entry) {
    if (archive_entry_hardlink(entry)) return "a hard link";
    switch (archive_entry_filetype(entry)) {
        case AE_IFREG:
            return {};
        case AE_IFLNK:
            return "a symbolic link";
        case AE_IFDIR:
            return "a folder";
        case AE_IFCHR:
        case AE_IFBLK:
            return "a device";
        case AE_IFIFO:
            return "a fifo";
        default:
            return "of an unknown type";
    }
}

std::string_view attribute_of(archive_entry* entry) {
    if (archive_entry_sparse_count(entry) > 0) return "holes (it is a sparse file)";
    if (archive_entry_xattr_count(entry) > 0) return "extended attributes";
    if (archive_entry_acl_types(entry) != 0) return "an access control list";
    return {};
}

result<tar_member> checked(archive_entry* entry) {
    auto const* path = archive_entry_pathname(entry);
    std::string name = path ? path : "";
    if (is_unsafe(name))
        return refusal("archive-unsafe-path",
                       "the archive's member " + quoted(name) + " points out of its folder");
    if (auto const kind = kind_of(entry); !kind.empty())
        return refusal("archive-not-a-file", "the archive's member " + quoted(name) + " is " +
                                                 std::string(kind) + "; a backup holds plain files only");
    if (auto const what = attribute_of(entry); !what.empty())
        return refusal("archive-member-attributes", "the archive's member " + quoted(name) + " has " +
                                                        std::string(what) + "; a backup's has none");
    if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0)
        return refusal("archive-damaged", "the archive's member " + quoted(name) + " has no size");
    return tar_member{std::move(name), std::uint64_t(archive_entry_size(entry))};
}

}  // namespace

result<std::size_t> tar_reader::input::read() {
    auto const n = read_whole(from, block.data(), block.size());
    if (!n) return n.error();
    given += *n;
    if (given > allowed)
        return refusal("archive-size-bomb", "the archive unpacks to more bytes than its manifest states (" +
                                                std::to_string(allowed) + " at most with all headers)");
    return *n;
}

tar_reader::tar_reader(source& from)
    : input_{from, std::string(block_bytes, '\0'), 0, most_manifest_bytes + 2 * block_bytes, {}},
      open_(archive_read_new(), archive_read_free) {
    auto const give = [](::archive* a, void* where, void const** bytes) -> la_ssize_t {
        auto& in = *static_cast<input*>(where);
        auto const n = in.outcome ? in.read() : result<std::size_t>(in.outcome.error());
        *bytes = in.block.data();
        if (n) return la_ssize_t(*n);
        in.outcome = n.error();
        archive_set_error(a, EIO, "the source failed");
        return -1;
    };
    auto* a = open_.get();
    if (!a || archive_read_support_format_tar(a) != ARCHIVE_OK ||
        archive_read_support_filter_none(a) != ARCHIVE_OK ||
        archive_read_set_read_callback(a, give) != ARCHIVE_OK ||
        archive_read_set_callback_data(a, &input_) != ARCHIVE_OK)
        throw std::runtime_error("libarchive cannot read tar archives");
}

tar_reader::~tar_reader() = default;

result<std::optional<tar_member>> tar_reader::next() {
    // It reads the first block here, which may be refused.
    if (!std::exchange(begun_, true) && archive_read_open1(open_.get()) != ARCHIVE_OK) return failure();
    archive_entry* entry = nullptr;
    auto const status = archive_read_next_header(open_.get(), &entry);
    if (status == ARCHIVE_EOF) {
        if (auto ok = only_zeros_follow(); !ok) return ok.error();
        return std::optional<tar_member>();
    }
    if (status != ARCHIVE_OK) return failure();
    auto member = checked(entry);
    if (!member) return member.error();
    name_ = member->name;
    at_ = 0;
    return std::optional(std::move(*member));
}

result<std::string_view> tar_reader::content() {
    void const* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    auto const status = archive_read_data_block(open_.get(), &bytes, &size, &offset);
    if (status == ARCHIVE_EOF) return std::string_view();
    if (status != ARCHIVE_OK) return failure();
    if (std::uint64_t(offset) != at_)
        return refusal("archive-member-attributes", "the archive's member " + quoted(name_) + " has holes");
    at_ += size;
    return std::string_view(static_cast<char const*>(bytes), size);
}

// libarchive stops at the end mark; what hides behind it would be in the file's hash, but in nobody's sight.
result<void> tar_reader::only_zeros_follow() {
    if (input_.given == 0) return {};
    auto const block_begin =
        input_.given - (input_.given % block_bytes ? input_.given % block_bytes : block_bytes);
    auto const position = std::uint64_t(archive_filter_bytes(open_.get(), 0));
    auto skip = std::size_t(position > block_begin ? position - block_begin : 0);
    auto size = std::size_t(input_.given - block_begin);
    while (size > 0) {
        auto const rest = std::string_view(input_.block).substr(0, size).substr(std::min(skip, size));
        if (rest.find_first_not_of('\0') != rest.npos)
            return refusal("archive-trailing-bytes",
                           "bytes follow the end of the tar archive: it was changed");
        auto const n = input_.read();
        if (!n) return n.error();
        size = *n;
        skip = 0;
    }
    return {};
}

error tar_reader::failure() const {
    if (!input_.outcome) return input_.outcome.error();
    auto const* why = archive_error_string(open_.get());
    return refusal("archive-damaged", std::string("the archive's tar is damaged (") +
                                          (why ? why : "libarchive says nothing") + ")");
}

}  // namespace vanna::jobs::archive
