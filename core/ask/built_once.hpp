// An index made of something that changes now and then (a schema, the approved pairs), shared by the threads
// that need it: one of them builds it, those who want the same meanwhile wait for it. Pool threads only.
#pragma once
#include "core/shared_value.hpp"

namespace vanna::ask {

template <class T>
class built_once {
  public:
    // The latest when `fits(it)`, else what `build()` makes (a shared_ptr, never null), which becomes the
    // latest.
    template <class Fits, class Build>
    std::shared_ptr<T const> get(Fits fits, Build build) const {
        if (auto found = latest_.get(); found && fits(*found)) return found;
        std::lock_guard lock(building_);
        if (auto found = latest_.get(); found && fits(*found)) return found;
        std::shared_ptr<T const> made = build();
        latest_.set(made);
        return made;
    }

  private:
    mutable shared_value<T> latest_;
    mutable std::mutex building_;
};

}  // namespace vanna::ask
