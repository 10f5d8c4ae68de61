// Bytes of a reply as they are written: appends at the price of a bounds check, without std::string's
// per-call bookkeeping. The writers fill it, take() hands the bytes on.
#pragma once
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace vanna::sql {

class text_buffer {
  public:
    std::size_t size() const { return used_; }
    // Room for `count` more bytes, to be written and then kept with commit(). Valid until the next call.
    char* claim(std::size_t count) {
        if (bytes_.size() - used_ < count) grow(count);
        return bytes_.data() + used_;
    }
    void commit(char const* end) { used_ = std::size_t(end - bytes_.data()); }
    void put(char c) {
        *claim(1) = c;
        ++used_;
    }
    void put(std::string_view text) {
        std::memcpy(claim(text.size()), text.data(), text.size());
        used_ += text.size();
    }
    void cut(std::size_t size) { used_ = size; }
    void reserve(std::size_t count) { claim(count); }
    std::string take() {
        bytes_.resize(used_);
        used_ = 0;
        return std::exchange(bytes_, {});
    }

  private:
    void grow(std::size_t count) { bytes_.resize(std::max(bytes_.size() * 2, used_ + count)); }

    std::string bytes_;
    std::size_t used_ = 0;
};

}  // namespace vanna::sql
