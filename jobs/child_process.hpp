// Programs that jobs run (pg_dump, pg_restore, pigz): no shell, a stated environment, no inherited
// descriptors, behind the server in the queues for processor and disk, and dead when the thread that started
// them is. Blocks: job pool only, whose threads live as long as the process.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs {

struct command {
    std::string program;                             // a bare name, looked for in PATH
    std::vector<std::string> arguments;              // no password among them: everybody can read these
    std::map<std::string, std::string> environment;  // besides PATH and LC_ALL=C; nothing else is inherited
};

struct stdio {
    int input = -1;        // a descriptor to read from; -1: /dev/null
    int output = -1;       // a descriptor to write to; -1: /dev/null, or `kept` below
    std::size_t keep = 0;  // above 0: its output is kept, and more than this is an error
};

struct finished {
    int status = 0;      // exit status; 128 + n when signal n ended it
    std::string kept;    // standard output, where stdio asked for it
    std::string errors;  // the last 8 KiB of standard error
};

// Where `program` lies in PATH; empty: nowhere.
std::string find_program(std::string_view program);

// Runs it to its end; whatever its exit status, that is a result. not_found: it is not in PATH (the message
// names the package to install); unavailable: it cannot be started; too_large: more output than is kept;
// cancelled, deadline_exceeded: it was told to end, killed two seconds later if it had not, and reaped.
result<finished> run_child(command const& what, stdio files, watch const& until);

// unavailable, quoting the last lines it printed, unless its exit status is 0.
result<void> require_success(command const& what, finished const& ended);

}  // namespace vanna::jobs
