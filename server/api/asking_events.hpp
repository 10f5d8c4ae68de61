// A question's way to its answer as server-sent events, each named by its stage: retrieving, generating (with
// what a model says, as it says it), checking, running, correcting, rows in slices, done with the totals; or
// problem, with what the plain reply would have been. The work goes on beside the reply and ends with it.
#pragma once
#include "server/api/asking.hpp"

namespace vanna::api {

// `stop` is the flag that ends the work; it is raised when the reader is gone.
reply asking_events(context& c, asking work, std::shared_ptr<sql::stop_flag> stop, std::string request_id,
                    asio::any_io_executor executor);

}  // namespace vanna::api
