#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "core/metrics_families.hpp"

namespace vanna::metrics {
namespace {

struct stat_line {
    double ticks = 0, threads = 0, started = 0, virtual_bytes = 0, resident_pages = 0;
};

// /proc/self/stat, whose fields are counted behind the closing bracket of the program's name (proc(5)).
stat_line read_stat() {
    std::ifstream in("/proc/self/stat");
    std::string text(std::istreambuf_iterator<char>(in), {});
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 2, text.size())));
    stat_line out;
    std::string value;
    for (int n = 3; n <= 24 && fields >> value; ++n) {
        double const number = std::strtod(value.c_str(), nullptr);
        if (n == 14 || n == 15) out.ticks += number;
        if (n == 20) out.threads = number;
        if (n == 22) out.started = number;
        if (n == 23) out.virtual_bytes = number;
        if (n == 24) out.resident_pages = number;
    }
    return out;
}

double boot_time() {
    std::ifstream in("/proc/stat");
    for (std::string word; in >> word;)
        if (word == "btime") {
            double seconds = 0;
            in >> seconds;
            return seconds;
        }
    return 0;
}

double open_descriptors() {
    std::unique_ptr<DIR, int (*)(DIR*)> const folder(opendir("/proc/self/fd"), closedir);
    double count = -3;  // ".", ".." and the folder's own
    while (folder && readdir(folder.get()))
        ++count;
    return std::max(count, 0.0);
}

}  // namespace

void process_metrics(page& to) {
    static double const ticks = double(sysconf(_SC_CLK_TCK)), pages = double(sysconf(_SC_PAGESIZE));
    static double const booted = boot_time();
    auto const stat = read_stat();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    to.add(process_cpu, stat.ticks / ticks);
    to.add(process_memory, stat.resident_pages * pages);
    to.add(process_virtual_memory, stat.virtual_bytes);
    to.add(process_open_fds, open_descriptors());
    to.add(process_max_fds, double(limit.rlim_cur));
    to.add(process_threads, stat.threads);
    to.add(process_start, booted + stat.started / ticks);
    to.add(build_info, 1, {{"version", VANNA_VERSION}});
}

}  // namespace vanna::metrics
