#include "db/sqlite/target.hpp"

#include <sqlite3.h>

#include "core/sql/claim.hpp"
#include "db/sqlite/execution.hpp"
#include "db/sqlite/schema.hpp"

namespace vanna::sqlite {
namespace {

constexpr std::size_t slice_bytes = 256 * 1024;

// One of the results that may be open between slices; null: all are taken.
using cursor_place = std::shared_ptr<void>;

// What workers and pool threads share. Cursors keep it alive.
class shared_file : public std::enable_shared_from_this<shared_file> {
  public:
    explicit shared_file(target_options options) : options_(std::move(options)) {}

    target_options const& options() const { return options_; }

    result<void> use(std::string version) {
        auto made = file_version::open(options_.path, std::move(version), options_.guard);
        if (!made) return made.error();
        replace(std::move(*made), {});
        return {};
    }
    void close(std::string problem) { replace(nullptr, std::move(problem)); }

    // Blocks: pool threads only.
    result<lease> take() {
        drop_abandoned();
        auto from = current();
        if (!from) return unavailable();
        auto taken = from->take();
        if (!taken) return taken.error();
        return lease(std::move(from), std::move(*taken));
    }

    // Both show what they have read at once. Blocks: pool threads only.
    result<std::shared_ptr<sql::schema const>> load_structure() {
        auto from = take();
        if (!from) return from.error();
        auto read = read_structure(**from, from->version());
        if (!read) return read.error();
        return show(std::make_shared<sql::schema const>(std::move(*read)));
    }
    result<void> load_contents(std::shared_ptr<sql::schema const> structure, deadline limit) {
        auto from = take();
        if (!from) return from.error();
        if (from->version() != structure->version) return {};
        auto full = *structure;
        add_contents(**from, full, limit);
        show(std::make_shared<sql::schema const>(std::move(full)));
        return {};
    }

    // A result that somebody stopped reading. Its statement is reset by the next pool thread that comes by.
    void abandon(std::shared_ptr<execution> left) {
        std::lock_guard const lock(mutex_);
        abandoned_.push_back(std::move(left));
    }
    void drop_abandoned() {
        std::vector<std::shared_ptr<execution>> dropping;
        std::lock_guard const lock(mutex_);
        dropping.swap(abandoned_);
    }

    sql::target_status status() const {
        std::lock_guard const lock(mutex_);
        return {"sqlite", current_ ? current_->version() : "", current_ != nullptr, problem_};
    }
    std::shared_ptr<sql::schema const> schema() const {
        std::lock_guard const lock(mutex_);
        return schema_;
    }
    std::shared_ptr<file_version> current() const {
        std::lock_guard const lock(mutex_);
        return current_;
    }

    // Taken before a result begins.
    cursor_place take_cursor() {
        if (++cursors_ > options_.max_cursors) {
            --cursors_;
            return nullptr;
        }
        return cursor_place(this, [own = shared_from_this()](void*) { --own->cursors_; });
    }
    std::size_t cursors() const { return cursors_; }

  private:
    std::shared_ptr<sql::schema const> show(std::shared_ptr<sql::schema const> read) {
        std::lock_guard const lock(mutex_);
        if (current_ && current_->version() == read->version) schema_ = read;
        return read;
    }
    error unavailable() const {
        auto const problem = status().problem;
        return error{errc::unavailable,
                     public_text{problem.empty() ? "the target database is not ready yet" : problem}}
            .with_retry(std::chrono::seconds(1));
    }
    void replace(std::shared_ptr<file_version> fresh, std::string problem) {
        {
            std::lock_guard const lock(mutex_);
            current_.swap(fresh);
            problem_ = std::move(problem);
        }
        if (fresh) fresh->retire();
    }

    target_options const options_;
    std::atomic<std::size_t> cursors_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<file_version> current_;
    std::string problem_;
    std::shared_ptr<sql::schema const> schema_;
    std::vector<std::shared_ptr<execution>> abandoned_;
};

using sql::claim;

class sliced_result : public sql::cursor {
  public:
    sliced_result(work_pool& pool, claim turn, std::shared_ptr<shared_file> file,
                  std::shared_ptr<execution> running, cursor_place place)
        : pool_(pool),
          turn_(std::move(turn)),
          file_(std::move(file)),
          running_(std::move(running)),
          place_(std::move(place)) {}
    ~sliced_result() override {
        if (running_->is_done()) return;
        file_->abandon(std::move(running_));
        pool_.try_post([file = file_] { file->drop_abandoned(); });
    }
    awaitable<result<sql::slice>> next() override {
        co_return co_await turn_.offload(pool_,
                                         [running = running_] { return running->advance(slice_bytes); });
    }

  private:
    work_pool& pool_;
    claim turn_;
    std::shared_ptr<shared_file> file_;
    std::shared_ptr<execution> running_;
    cursor_place place_;
};

class target_of_file : public file_target {
  public:
    target_of_file(work_pool& pool, target_options options)
        : pool_(pool), file_(std::make_shared<shared_file>(std::move(options))) {}

    awaitable<result<sql::opened>> open(sql::statement what, sql::open_options how) override {
        auto place = how.whole ? nullptr : file_->take_cursor();
        if (!how.whole && !place)
            co_return error{errc::overloaded, public_text{"too many exports are running; try again shortly"}}
                .with_retry(std::chrono::seconds(5));
        struct outcome {
            sql::opened answer;
            std::shared_ptr<execution> running;
            cursor_place place;
        };
        claim const turn{{how.by, !how.whole}, how.until, how.stop};
        auto begin = [file = file_, what = std::move(what), how = std::move(how),
                      place = std::move(place)]() mutable -> result<outcome> {
            auto const bytes = how.whole ? std::size_t(-1) : slice_bytes;
            auto from = file->take();
            if (!from) return from.error();
            auto running = std::make_shared<execution>(std::move(*from), std::move(what), std::move(how));
            if (auto started = running->start(); !started) return started.error();
            auto first = running->advance(bytes);
            if (!first) return first.error();
            outcome out{
                {running->columns(), running->cacheable(), running->version(), std::move(*first), nullptr},
                nullptr,
                nullptr};
            if (out.answer.first.last) return out;
            out.running = std::move(running);
            out.place = std::move(place);
            return out;
        };
        auto begun = co_await turn.offload(pool_, std::move(begin));
        if (!begun) co_return std::move(begun).error();
        if (begun->running)
            begun->answer.rest = std::make_unique<sliced_result>(
                pool_, turn, file_, std::move(begun->running), std::move(begun->place));
        co_return std::move(begun->answer);
    }

    awaitable<result<std::vector<sql::column>>> check(std::string sql, deadline until, uuid by) override {
        claim const turn{{by, false}, until, nullptr};
        co_return co_await turn.offload(
            pool_, [file = file_, sql = std::move(sql), until]() -> result<std::vector<sql::column>> {
                auto from = file->take();
                if (!from) return from.error();
                (*from)->watch().arm(until, nullptr);
                if ((*from)->watch().due()) return *(*from)->watch().cause();
                auto made = (*from)->prepare(sql);
                if (!made) return std::move(made).error();
                return (*made)->columns;
            });
    }

    awaitable<result<void>> use(std::string version) override {
        co_return co_await offload(pool_, [file = file_, version = std::move(version)]() mutable {
            return file->use(std::move(version));
        });
    }
    awaitable<result<void>> load_schema(deadline limit) override {
        auto structure = co_await offload(pool_, [file = file_] { return file->load_structure(); });
        if (!structure) co_return std::move(structure).error();
        co_return co_await offload(pool_, [file = file_, read = std::move(*structure), limit] {
            return file->load_contents(read, limit);
        });
    }
    void close(std::string problem) override { file_->close(std::move(problem)); }
    std::size_t open_cursors() const override { return file_->cursors(); }
    bool reads(file_stamp const& verified) const override {
        auto const current = file_->current();
        return current && current->stamp() == verified;
    }
    sql::target_status status() const override { return file_->status(); }
    std::shared_ptr<sql::schema const> schema() const override { return file_->schema(); }

  private:
    work_pool& pool_;
    std::shared_ptr<shared_file> file_;
};

}  // namespace

std::shared_ptr<file_target> create_target(work_pool& pool, target_options options) {
    if (options.guard.has(layer::heap_limit)) {
        sqlite3_soft_heap_limit64(sqlite3_int64(options.guard.heap_bytes / 4 * 3));
        sqlite3_hard_heap_limit64(sqlite3_int64(options.guard.heap_bytes));
    }
    return std::make_shared<target_of_file>(pool, std::move(options));
}

}  // namespace vanna::sqlite
