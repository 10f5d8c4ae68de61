// The folder that an archive's members are put into: made or found empty, filled with the fixed names only,
// and emptied again unless everything was kept. No name from an archive is ever used as a path here.
#pragma once
#include <list>
#include <string>

#include "jobs/archive/files.hpp"

namespace vanna::jobs::archive {

class extraction {
  public:
    // Makes `into` (0700), or takes it when it is an empty folder; else conflict.
    static result<extraction> open(std::string const& into);
    extraction(extraction&&) noexcept = default;
    ~extraction();

    // The file of the member of this name; `name` is one of manifest.hpp's, all of which are known here.
    result<new_file*> create(std::string_view name);
    void keep();

  private:
    extraction(std::string into, bool made, descriptor folder)
        : into_(std::move(into)), made_(made), folder_(std::move(folder)) {}

    std::string into_;
    bool made_, kept_ = false;  // the folder, everything
    descriptor folder_;
    std::list<std::pair<std::string, descriptor>> folders_;  // below it
    std::list<new_file> files_;
};

}  // namespace vanna::jobs::archive
