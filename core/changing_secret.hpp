// A secret that may be replaced while the process runs (a live setting): asked for anew each time it is used.
#pragma once
#include <functional>
#include <string>

namespace vanna {

class changing_secret {
  public:
    changing_secret() = default;
    changing_secret(char const* fixed) : changing_secret(std::string(fixed)) {}
    changing_secret(std::string fixed) : now_([fixed = std::move(fixed)] { return fixed; }) {}
    // `now` may be called on any thread, as long as the object lives.
    changing_secret(std::function<std::string()> now) : now_(std::move(now)) {}

    std::string get() const { return now_ ? now_() : std::string(); }

  private:
    std::function<std::string()> now_;
};

}  // namespace vanna
