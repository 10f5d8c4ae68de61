// How an archive's bytes flow. Written: each stage takes blocks and pushes what it makes of them on (pigz,
// zlib, the seal, the file). Read: each source is pulled for the next bytes by the one behind it.
#pragma once
#include <functional>
#include <string_view>

#include "core/error.hpp"

namespace vanna::jobs::archive {

// Takes the next block; its error ends the whole.
using sink = std::function<result<void>(std::string_view)>;

class stage {
  public:
    virtual ~stage() = default;
    virtual result<void> write(std::string_view bytes) = 0;
    // After the last block, once: passes on what it still holds.
    virtual result<void> finish() = 0;
};

class source {
  public:
    virtual ~source() = default;
    // At most `most` bytes; 0 only at the end. A shorter count means nothing.
    virtual result<std::size_t> read(char* to, std::size_t most) = 0;
};

// As many as `most` bytes, fewer only at the end.
result<std::size_t> read_whole(source& from, char* to, std::size_t most);

}  // namespace vanna::jobs::archive
