#include "core/query/committer.hpp"

#include "core/log.hpp"
#include "core/query/record_codec.hpp"
#include "core/query/spool_folder.hpp"

namespace vanna::query {
namespace {

constexpr auto commit_time = std::chrono::seconds(10);
// When the store refuses everything, the fault is hardly in the records: after this many of them stop asking,
// until that many passes have gone by.
constexpr std::size_t enough_refusals = 3;
constexpr unsigned most_fruitless = 10;

bool passes_by_itself(errc code) {
    return code == errc::unavailable || code == errc::overloaded || code == errc::deadline_exceeded ||
           code == errc::cancelled || code == errc::rate_limited;
}
bool is_about_the_record(errc code) {
    return code == errc::invalid_input || code == errc::too_large;
}

}  // namespace

awaitable<result<void>> committer::commit(std::vector<record> const& batch) {
    if (must_wait_ && must_wait_())
        co_return error{errc::unavailable, public_text{"the system is under maintenance"},
                        internal_text{"maintenance"}};
    std::vector<std::pair<std::size_t, std::size_t>> todo{{0, batch.size()}};
    std::vector<suspect> suspects;
    std::size_t accepted = 0, doubtful = 0;
    while (!todo.empty()) {
        auto const [first, last] = todo.back();
        todo.pop_back();
        if (first == last) continue;
        std::vector<record> part(batch.begin() + std::ptrdiff_t(first), batch.begin() + std::ptrdiff_t(last));
        auto done = co_await store_.commit(std::move(part), after(commit_time));
        if (done) {
            accepted += last - first;
            continue;
        }
        if (passes_by_itself(done.error().code)) co_return done.error();
        if (last - first > 1) {
            auto const middle = first + (last - first) / 2;
            todo.emplace_back(middle, last);
            todo.emplace_back(first, middle);
            continue;
        }
        suspects.push_back({&batch[first], done.error()});
        doubtful += !is_about_the_record(done.error().code);
        if (doubtful >= enough_refusals && accepted == 0 && fruitless_ < most_fruitless) break;
    }
    if (doubtful > 0 && accepted == 0 && fruitless_ < most_fruitless) {
        ++fruitless_;
        co_return suspects.back().why;
    }
    fruitless_ = 0;
    for (auto const& s : suspects)
        put_aside(s);
    committed_ += accepted;
    co_return result<void>{};
}

void committer::put_aside(suspect const& s) {
    std::string frame;
    append_frame(frame, *s.which);
    bool const kept = append_to_file(rejected_path_, frame);
    ++rejected_;
    log::error("PostgreSQL refuses a query record; it was put aside",
               {{"record", to_string(s.which->key)},
                {"action", s.which->is_audit_only ? s.which->audit->action : s.which->action},
                {"error", s.why.message + ": " + s.why.detail},
                {"kept", kept},
                {"path", rejected_path_},
                {"hint", "to try again, put the file as again/1.spool into SPOOL_DIR"}});
}

void committer::put_aside_unreadable(std::string_view bytes) {
    if (bytes.empty()) return;
    ++rejected_;
    bool const kept = append_to_file(rejected_path_, bytes);
    log::warn("the spool ends in bytes that are no whole record: the process or machine died while writing",
              {{"bytes", bytes.size()}, {"kept", kept}, {"path", rejected_path_}});
}

}  // namespace vanna::query
