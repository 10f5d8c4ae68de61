// The records of one worker between the answer and PostgreSQL: segments of frames, appended by one write(2)
// each without fsync, kept in memory too while there is room there, and removed when committed. A full disk
// leaves them in memory alone, up to a limit. Synchronous and of one thread; query::trail drives it.
#pragma once
#include <deque>

#include "core/query/record.hpp"
#include "core/query/spool_folder.hpp"

namespace vanna::query {

struct spool_limits {
    std::uint64_t disk_bytes = 512u << 20;   // of this worker's segments
    std::uint64_t memory_bytes = 32u << 20;  // of frames held in memory
    std::uint64_t segment_bytes = 1u << 20;  // a new segment above it
};

class spool {
  public:
    // `name` tells this worker's segments from those of others in the same folder.
    spool(spool_folder const& folder, std::string name, spool_limits limits = {});
    ~spool();  // removes what is committed; what is only in memory is given to the disk once more
    spool(spool const&) = delete;

    // overloaded: at its limits.
    result<void> append(record const& r);
    bool has_room() const;

    bool empty() const { return records_ == 0; }
    std::size_t records() const { return records_; }
    std::uint64_t bytes() const { return std::max(disk_bytes_, memory_bytes_); }
    std::optional<instant> oldest() const;  // as far as it is in memory
    bool disk_failing() const { return disk_failing_; }

    // The path of the oldest segment if its frames must be read from disk first; then give them to load().
    std::optional<std::string> to_load();
    void load(std::string bytes);

    struct batch {
        std::vector<record> records;
        std::size_t frames = 0, bytes = 0;  // of the segment, including frames nobody can decode
        std::string unreadable;             // those, and a damaged rest: to be put aside
    };
    // The oldest records, all of one segment. Empty only when there are none, or to_load() has something.
    batch front(std::size_t most_records, std::size_t most_bytes) const;
    // These are in PostgreSQL or put aside. Records appended meanwhile stay.
    void drop(batch const& done);

  private:
    struct segment {
        std::string path;  // empty: in memory only
        std::uint64_t disk_bytes = 0;
        std::size_t records = 0;
        bool in_memory = true;
        std::string bytes;     // frames, if in memory
        std::size_t done = 0;  // of them, dropped
    };
    bool write_to_disk(std::string_view frame, bool keep);
    bool open_segment(bool keep);
    void close_segment();
    void disk_failed(char const* what);
    void trim();

    spool_folder const& folder_;
    std::string name_;
    spool_limits limits_;
    std::deque<segment> segments_;
    int file_ = -1;  // of the last segment, if it is open
    std::uint64_t sequence_ = 0, disk_bytes_ = 0, memory_bytes_ = 0;
    std::size_t records_ = 0;
    bool disk_failing_ = false;
    std::chrono::steady_clock::time_point try_disk_again_{};
    std::string frame_;
};

}  // namespace vanna::query
