// The progress of one job as server-sent events, from its row: any replica can tell of any job. An event's id
// is the row's revision, so that who comes back with Last-Event-ID misses nothing and sees nothing twice.
#pragma once
#include <atomic>
#include <memory>

#include "core/health/board.hpp"
#include "core/jobs/job.hpp"
#include "core/sql/target.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace vanna::api {

// How many such streams a process serves at once.
class stream_places {
  public:
    static constexpr unsigned most = 64;
    // Gives itself back when it is destroyed; null: all are taken.
    std::shared_ptr<void> take();

  private:
    std::atomic<unsigned> taken_{0};
};

struct job_watch {
    jobs::store& rows;
    health::board const& health;
    stream_places& places;
};

// The events of `seen` from the one after Last-Event-ID on: "progress" with the job as JSON, the last one
// named by its end. 204 when the client has seen that one, which keeps browsers from coming back. overloaded:
// no place is free. The stream ends with the job, when the server stops, and after a quarter of an hour: the
// client comes back, and is asked for its token again.
http::response job_events(job_watch from, http::request& r, jobs::job seen);

}  // namespace vanna::api
