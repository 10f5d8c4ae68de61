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
    void cut(std::size_t size) {
        used_ = size;
        overflowed_ = false;
    }
    void reserve(std::size_t count) { claim(count); }
    // What would grow beyond `most` bytes from here on is not kept: the buffer falls back to its present size
    // and overflowed() is true until the next cut(). So a writer needs no look at sizes of its own.
    void keep_within(std::size_t most) {
        kept_ = used_;
        most_ = most;
    }
    bool overflowed() const { return overflowed_ || used_ > most_; }
    std::string take() {
        bytes_.resize(used_);
        used_ = 0;
        return std::exchange(bytes_, {});
    }

  private:
    void grow(std::size_t count) {
        if (count > most_ || used_ > most_ - count) {
            overflowed_ = true;
            used_ = kept_;
        }
        if (bytes_.size() - used_ < count)
            bytes_.resize(std::max(std::min(bytes_.size() * 2, most_), used_ + count));
    }

    std::string bytes_;
    std::size_t used_ = 0, kept_ = 0, most_ = std::size_t(-1);
    bool overflowed_ = false;
};

}  // namespace vanna::sql
