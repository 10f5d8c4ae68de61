// The members of a tar archive, through libarchive with tar alone switched on, each refused that is not a
// plain file with a plain name. It checks what a tar says by itself; whether the members are the right ones
// is the reader's business.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "jobs/archive/stage.hpp"

struct archive;

namespace vanna::jobs::archive {

struct tar_member {
    std::string name;
    std::uint64_t size = 0;
};

class tar_reader {
  public:
    // `from` gives the tar's bytes.
    explicit tar_reader(source& from);
    tar_reader(tar_reader const&) = delete;
    ~tar_reader();

    // More tar bytes than this are refused at once as archive-size-bomb.
    void allow(std::uint64_t bytes) { input_.allowed = bytes; }

    // The next member; nothing at the end, when only zeros follow. Refusals: archive-damaged (no tar),
    // archive-unsafe-path, archive-not-a-file, archive-member-attributes, archive-trailing-bytes.
    result<std::optional<tar_member>> next();
    // The next bytes of the member, valid until the next call; empty at its end.
    result<std::string_view> content();

  private:
    struct input {
        source& from;
        std::string block;
        std::uint64_t given = 0, allowed;  // tar bytes
        result<void> outcome;

        result<std::size_t> read();
    };
    error failure() const;
    result<void> only_zeros_follow();

    input input_;
    std::unique_ptr<::archive, int (*)(::archive*)> open_;
    bool begun_ = false;
    std::string name_;
    std::uint64_t at_ = 0;  // in the member
};

}  // namespace vanna::jobs::archive
