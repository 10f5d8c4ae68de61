// One version of the target file and the connections open to it. Held by whoever reads it: a statement in
// flight finishes on the version it began with, even after the file was replaced. Thread-safe; blocks.
#pragma once
#include <sys/types.h>

#include <mutex>

#include "db/sqlite/connection.hpp"
#include "db/sqlite/file_hash.hpp"

namespace vanna::sqlite {

class file_version : public std::enable_shared_from_this<file_version> {
  public:
    // Opens the file once to see that it can be read. unavailable when not.
    static result<std::shared_ptr<file_version>> open(std::string path, std::string version,
                                                      guard_options options);
    ~file_version();
    file_version(file_version const&) = delete;

    std::string const& version() const { return version_; }
    // Of the open file as it is now, whatever the name stands for meanwhile.
    file_stamp stamp() const { return stamp_of(file_); }

    // A connection, an idle one if there is one, to the file as it was when this version was opened.
    // unavailable: it cannot be opened.
    result<std::unique_ptr<connection>> take();
    // Keeps it for the next, unless it is broken or this version is retired.
    void give_back(std::unique_ptr<connection> used);
    // No longer current: idle connections close now, others when given back.
    void retire();

  private:
    file_version(std::string path, std::string version, guard_options options)
        : path_(std::move(path)), version_(std::move(version)), options_(options) {}

    std::string const path_, version_;
    guard_options const options_;
    int file_ = -1;  // connections are opened through it
    std::mutex mutex_;
    std::vector<std::unique_ptr<connection>> idle_;
    bool retired_ = false;
};

// A connection for as long as it is needed; goes back by itself.
class lease {
  public:
    lease(std::shared_ptr<file_version> from, std::unique_ptr<connection> taken)
        : from_(std::move(from)), connection_(std::move(taken)) {}
    lease(lease&&) = default;
    lease& operator=(lease&&) = delete;
    ~lease() {
        if (connection_) from_->give_back(std::move(connection_));
    }
    connection& operator*() const { return *connection_; }
    connection* operator->() const { return connection_.get(); }
    std::string const& version() const { return from_->version(); }

  private:
    std::shared_ptr<file_version> from_;
    std::unique_ptr<connection> connection_;
};

}  // namespace vanna::sqlite
