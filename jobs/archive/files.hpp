// Files as archives need them: read without following links, written where nothing was, and gone again unless
// they were kept.
#pragma once
#include <string>

#include "core/descriptor.hpp"
#include "jobs/archive/stage.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs::archive {

// A regular file, read from its beginning. Each read looks at the watch.
class file_source : public source {
  public:
    // not_found; invalid_input with archive-no-regular-file (a link, a folder, a device); unavailable.
    static result<file_source> open(std::string const& path, watch const& until);

    result<std::size_t> read(char* to, std::size_t most) override;
    bool begins_with(std::string_view bytes) const;  // moves nothing
    descriptor release() && { return std::move(file_); }
    std::uint64_t size() const { return size_; }
    std::uint64_t done() const { return done_; }  // bytes read so far

  private:
    file_source(std::string path, watch until, descriptor file, std::uint64_t size)
        : path_(std::move(path)), until_(std::move(until)), file_(std::move(file)), size_(size) {}

    std::string path_;
    watch until_;
    descriptor file_;
    std::uint64_t size_, done_ = 0;
};

// A new file, 0600. Unlinked with the object unless keep() was called.
class new_file {
  public:
    // `name` in the folder `at` (a descriptor, or AT_FDCWD and a path); `shown` stands in messages. conflict:
    // there is something of that name.
    static result<new_file> create(int at, std::string name, std::string shown);
    new_file(new_file&&) noexcept = default;
    ~new_file();

    result<void> write(std::string_view bytes);
    result<void> sync();
    void keep() { kept_ = true; }
    int get() const { return file_.get(); }

  private:
    new_file(int at, std::string name, std::string shown, descriptor file)
        : at_(at), name_(std::move(name)), shown_(std::move(shown)), file_(std::move(file)) {}

    int at_;
    std::string name_, shown_;
    descriptor file_;
    bool kept_ = false;
};

}  // namespace vanna::jobs::archive
