#include "core/query/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "core/log.hpp"
#include "core/query/record_codec.hpp"

namespace vanna::query {
namespace {

constexpr auto disk_pause = std::chrono::seconds(1);

bool write_all(int file, std::string_view bytes) {
    ssize_t n;
    do
        n = ::write(file, bytes.data(), bytes.size());
    while (n < 0 && errno == EINTR);
    if (n >= 0 && n < ssize_t(bytes.size())) errno = ENOSPC;
    return n == ssize_t(bytes.size());
}

}  // namespace

spool::spool(spool_folder const& folder, std::string name, spool_limits limits)
    : folder_(folder), name_(std::move(name)), limits_(limits) {}

spool::~spool() {
    close_segment();
    for (auto const& s : segments_) {
        if (s.records == 0 && !s.path.empty()) ::unlink(s.path.c_str());
        if (s.records > 0 && s.path.empty())
            append_to_file(folder_.path() + "/" + name_ + "-memory.spool",
                           std::string_view(s.bytes).substr(s.done));
    }
}

bool spool::has_room() const {
    constexpr std::uint64_t typical = 64u << 10;
    return memory_bytes_ + typical <= limits_.memory_bytes ||
           (!disk_failing_ && disk_bytes_ + typical <= limits_.disk_bytes);
}

result<void> spool::append(record const& r) {
    frame_.clear();
    append_frame(frame_, r);
    auto const size = frame_.size();
    bool const overflowing = !segments_.empty() && !segments_.back().in_memory;
    // Once records go to disk alone, memory must be well free before they are kept there again.
    bool const keep =
        size <= most_frame_bytes && memory_bytes_ + size <= limits_.memory_bytes / 4 * (overflowing ? 3 : 4);
    bool const written = size <= most_frame_bytes && write_to_disk(frame_, keep);
    if (!written) {
        if (!keep)
            return error{errc::overloaded, public_text{"query records cannot be stored at the moment"},
                         internal_text{"the spool is at its limit: " + folder_.path()}}
                .with_retry(std::chrono::seconds(5));
        if (file_ >= 0) close_segment();
        if (segments_.empty() || !segments_.back().path.empty()) segments_.emplace_back();
    }
    auto& last = segments_.back();
    if (written) {
        last.disk_bytes += size;
        disk_bytes_ += size;
    }
    if (last.in_memory) {
        last.bytes += frame_;
        memory_bytes_ += size;
    }
    ++last.records;
    ++records_;
    return {};
}

bool spool::write_to_disk(std::string_view frame, bool keep) {
    if (disk_failing_ && std::chrono::steady_clock::now() < try_disk_again_) return false;
    if (disk_bytes_ + frame.size() > limits_.disk_bytes) return false;
    bool const fits = file_ >= 0 && segments_.back().in_memory == keep &&
                      segments_.back().disk_bytes < limits_.segment_bytes;
    if (!fits && !open_segment(keep)) return false;
    if (!write_all(file_, frame)) {
        // Half a frame would hide those written after it from whoever reads the segment.
        auto const failed = errno;
        (void)!::ftruncate(file_, off_t(segments_.back().disk_bytes));
        errno = failed;
        disk_failed("write");
        return false;
    }
    if (disk_failing_) {
        disk_failing_ = false;
        log::info("query records go to the spool again", {{"path", folder_.path()}});
    }
    return true;
}

bool spool::open_segment(bool keep) {
    close_segment();
    char number[24];
    std::snprintf(number, sizeof number, "-%010llu", static_cast<unsigned long long>(++sequence_));
    auto path = folder_.path() + "/" + name_ + number + ".spool";
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) {
        disk_failed("open");
        return false;
    }
    segments_.push_back({.path = std::move(path), .in_memory = keep});
    return true;
}

void spool::close_segment() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
    trim();
}

void spool::disk_failed(char const* what) {
    if (!disk_failing_)
        log::error("the spool cannot be written; query records stay in memory",
                   {{"path", folder_.path()}, {"call", what}, {"error", std::strerror(errno)}});
    disk_failing_ = true;
    try_disk_again_ = std::chrono::steady_clock::now() + disk_pause;
    close_segment();
}

std::optional<instant> spool::oldest() const {
    for (auto const& s : segments_)
        if (s.records > 0)
            return s.in_memory ? time_of_frame(std::string_view(s.bytes).substr(s.done)) : std::nullopt;
    return {};
}

std::optional<std::string> spool::to_load() {
    if (segments_.empty() || segments_.front().in_memory) return {};
    if (segments_.size() == 1) close_segment();  // no more is written behind the reader's back
    if (segments_.empty()) return {};
    return segments_.front().path;
}

void spool::load(std::string bytes) {
    auto& s = segments_.front();
    s.bytes = std::move(bytes);
    s.in_memory = true;
    memory_bytes_ += s.bytes.size();
}

spool::batch spool::front(std::size_t most_records, std::size_t most_bytes) const {
    batch out;
    if (segments_.empty() || !segments_.front().in_memory) return out;
    auto const& s = segments_.front();
    auto rest = std::string_view(s.bytes).substr(s.done);
    while (!rest.empty() && out.frames < most_records && out.bytes < most_bytes) {
        auto const size = frame_at(rest);
        if (size == 0) {  // damaged on disk: no telling where the next frame starts
            out.unreadable += rest;
            out.bytes += rest.size();
            out.frames = s.records;
            break;
        }
        if (auto r = decode_frame(rest.substr(0, size)))
            out.records.push_back(std::move(*r));
        else
            out.unreadable += rest.substr(0, size);
        out.bytes += size;
        ++out.frames;
        rest.remove_prefix(size);
    }
    return out;
}

void spool::drop(batch const& done) {
    auto& s = segments_.front();
    s.done += done.bytes;
    // A segment that lost frames on disk ends here: what it was said to hold is gone or put aside.
    auto const gone = s.done >= s.bytes.size() ? s.records : std::min(done.frames, s.records);
    s.records -= gone;
    records_ -= gone;
    trim();
}

// Removes segments whose records are all dropped; the one being written is emptied instead.
void spool::trim() {
    while (!segments_.empty() && segments_.front().records == 0) {
        auto& s = segments_.front();
        bool const open = file_ >= 0 && segments_.size() == 1;
        if (open && s.disk_bytes == 0) break;
        memory_bytes_ -= s.bytes.size();
        disk_bytes_ -= s.disk_bytes;
        if (open && ::ftruncate(file_, 0) == 0) {
            s.bytes.clear();
            s.disk_bytes = s.done = 0;
            break;
        }
        if (open) {
            ::close(file_);
            file_ = -1;
        }
        if (!s.path.empty()) ::unlink(s.path.c_str());
        segments_.pop_front();
    }
}

}  // namespace vanna::query
