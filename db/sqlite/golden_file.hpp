// The files behind the golden copy: the protected source, which is only ever read, the copy, a small record
// beside the copy of what was hashed when, and the files of restored backups, which are only read here.
// Crash-safe: at every step there is the old copy or the new one, whole. Blocks: job pool only.
#pragma once
#include <functional>

#include "db/sqlite/golden_record.hpp"

namespace vanna::sqlite {

struct golden_paths {
    std::string source, copy;
    std::string restored;  // folder of restored targets, each named <version>.db; empty: there is none
};

// invalid_input: source and copy are one file, by path, link or inode.
result<void> check_distinct(golden_paths const& paths);

class golden_file {
  public:
    // `at_step`, for tests only, is called with the name of each step before it is taken.
    explicit golden_file(golden_paths paths, std::function<void(std::string_view)> at_step = {})
        : paths_(std::move(paths)), at_step_(std::move(at_step)) {}

    golden_paths const& paths() const { return paths_; }

    // The source, if it is there and complete: a non-empty -wal or -journal beside it means that it is not.
    // `in_full`: hash it even if it looks as it did when last hashed. Not `remember`: writes nothing, not
    // even the record of what was hashed.
    result<found_file> look_at_source(bool in_full, interruption& watch, bool remember = true) const;
    // The copy. Not `in_full`: trusts the record while size, time and inode are what it says.
    result<found_file> look_at_copy(bool in_full, interruption& watch, bool remember = true) const;
    // The file that a restore left for `expected`: whether it is there and as large; it is hashed when
    // copied.
    found_file look_at_restored(file_content const& expected) const;
    std::string restored_path(std::string const& version) const;
    // The copy that was last hashed, if it was this version: by which it is known, how long it took.
    std::optional<hashed_file> verified(std::string const& version) const;

    // A verified copy beside the target, holding the lock of the folder; dropped again unless published.
    class staged {
      public:
        staged(descriptor lock, std::string path, file_content content)
            : lock_(std::move(lock)), path_(std::move(path)), content_(std::move(content)) {}
        staged(staged&&) = default;
        staged& operator=(staged&&) = delete;
        ~staged();

      private:
        friend golden_file;
        descriptor lock_;
        std::string path_;  // empty once published, or when the copy already was right
        file_content content_;
        std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    };
    // Waits for other replicas that copy into the same folder. `from`: the source or a restored file.
    // conflict: it is not (any more) `expected`. unavailable: damaged source, disk full. Unless `anew`, does
    // nothing where the copy is right already.
    result<staged> stage(file_content const& expected, std::string const& from, bool anew,
                         interruption& watch) const;
    // Puts it in the copy's place, durably.
    result<void> publish(staged ready) const;

  private:
    void step(std::string_view name) const {
        if (at_step_) at_step_(name);
    }
    result<descriptor> lock(interruption& watch) const;
    result<void> write_copy(std::string const& from, std::string const& path, file_content const& expected,
                            interruption& watch) const;
    void remove_leftovers() const;

    golden_paths paths_;
    std::function<void(std::string_view)> at_step_;
};

}  // namespace vanna::sqlite
