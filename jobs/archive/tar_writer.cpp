#include "jobs/archive/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <stdexcept>

namespace vanna::jobs::archive {
namespace {

constexpr int block_bytes = 256 << 10;

}  // namespace

tar_writer::tar_writer(sink to) : output_{std::move(to), {}}, made_(archive_write_new(), archive_write_free) {
    auto const pass_on = [](::archive* a, void* where, void const* bytes, std::size_t size) -> la_ssize_t {
        auto& out = *static_cast<output*>(where);
        if (out.outcome) out.outcome = out.to({static_cast<char const*>(bytes), size});
        if (out.outcome) return la_ssize_t(size);
        archive_set_error(a, EIO, "the sink failed");
        return -1;
    };
    auto* a = made_.get();
    if (!a || archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
        archive_write_add_filter_none(a) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(a, block_bytes) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, &output_, nullptr, pass_on, nullptr) != ARCHIVE_OK)
        throw std::runtime_error("libarchive cannot write a tar archive");
}

tar_writer::~tar_writer() {
    // Unless all went well: closing frees what freeing leaks after an error, but it must write nothing more.
    if (output_.outcome) output_.outcome = error{errc::cancelled, public_text{"the archive was given up"}};
    archive_write_close(made_.get());
}

result<void> tar_writer::member(std::string const& name, std::uint64_t size, instant modified) {
    std::unique_ptr<archive_entry, void (*)(archive_entry*)> const entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_size(entry.get(), la_int64_t(size));
    archive_entry_set_mtime(entry.get(),
                            std::chrono::floor<std::chrono::seconds>(modified).time_since_epoch().count(), 0);
    return checked(archive_write_header(made_.get(), entry.get()));
}

result<void> tar_writer::content(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = archive_write_data(made_.get(), bytes.data(), bytes.size());
        if (n <= 0) return checked(ARCHIVE_FATAL);  // 0: more than the member's size, a caller's mistake
        bytes.remove_prefix(std::size_t(n));
    }
    return {};
}

result<void> tar_writer::finish() {
    return checked(archive_write_close(made_.get()));
}

result<void> tar_writer::checked(int status) {
    if (!output_.outcome) return output_.outcome;
    if (status == ARCHIVE_OK) return {};
    auto const* why = archive_error_string(made_.get());
    return error{errc::internal, public_text{"the archive cannot be written"},
                 internal_text{why ? why : "libarchive says nothing"}};
}

}  // namespace vanna::jobs::archive
