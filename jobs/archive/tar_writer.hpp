// A tar archive of plain files (POSIX pax, restricted), through libarchive: made up headers, so that nothing
// of this machine's users goes with it. The writer of archives feeds it.
#pragma once
#include <memory>

#include "core/clock.hpp"
#include "jobs/archive/stage.hpp"

struct archive;

namespace vanna::jobs::archive {

class tar_writer {
  public:
    // The tar's bytes go to `to`, in blocks.
    explicit tar_writer(sink to);
    tar_writer(tar_writer const&) = delete;
    ~tar_writer();

    // The next member, 0600, of user and group 0; exactly `size` bytes of content() must follow.
    result<void> member(std::string const& name, std::uint64_t size, instant modified);
    result<void> content(std::string_view bytes);
    // The end of the archive; its last bytes have gone to the sink.
    result<void> finish();

  private:
    struct output {
        sink to;
        result<void> outcome;
    };
    result<void> checked(int status);

    output output_;
    std::unique_ptr<::archive, int (*)(::archive*)> made_;
};

}  // namespace vanna::jobs::archive
