#include "jobs/verify.hpp"

#include "db/postgres/scratch.hpp"
#include "jobs/archive/reader.hpp"
#include "jobs/load_scratch.hpp"
#include "jobs/percent_teller.hpp"
#include "jobs/pg_tools.hpp"
#include "jobs/restore_target.hpp"
#include "jobs/store_call.hpp"
#include "jobs/work_folder.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr auto clean_up_time = std::chrono::seconds(30);
constexpr auto chroma_limit = std::chrono::minutes(1);
constexpr std::string_view drill_prefix = "vanna_drill_";
constexpr std::size_t batch_size = 100;

std::string hex(uuid id) {
    auto text = to_string(id);
    std::erase(text, '-');
    return text;
}

std::optional<uuid> parse_hex(std::string_view text) {
    if (text.size() != 32) return {};
    std::string whole(text);
    for (auto at : {8, 13, 18, 23})
        whole.insert(std::size_t(at), "-");
    return parse_uuid(whole);
}

error disagrees(std::string const& what, std::int64_t wanted, std::int64_t found) {
    return error{errc::invalid_input,
                 public_text{"the backup does not restore to what its manifest says: " + what + " has " +
                             std::to_string(found) + " rows, expected " + std::to_string(wanted)}}
        .with_type("archive-counts-differ");
}

// Refusals that say what is missing here, a key, room or a newer engine, and nothing of the archive.
constexpr std::string_view of_circumstances[] = {"archive-too-large", "archive-sealed",
                                                 "archive-sealed-with-other-key", "archive-format-newer",
                                                 "archive-newer"};

// What is wrong with the archive itself is remembered; that a store was away is not its fault.
bool is_verdict(error const& e) {
    if (std::ranges::find(of_circumstances, e.type) != std::end(of_circumstances)) return false;
    return e.code == errc::invalid_input || e.code == errc::too_large || e.type == "archive-tampered";
}

class verifying {
  public:
    verifying(backup_parts& with, backup_set set, bool drill, progress& told)
        : with_(with), set_(std::move(set)), drill_(drill), told_(told), watch_{told.limit(), told.stop()} {}

    awaitable<result<json::object>> run() {
        auto looked = co_await look();
        if (!looked) {
            if (is_verdict(looked.error())) co_await remember(looked, nullptr);
            co_return looked.error();
        }
        auto work = co_await offload(with_.pool, [folder = with_.folder, job = told_.id()] {
            sweep_work_folders(folder.path());
            return work_folder::create(folder.path(), job);
        });
        if (!work) co_return work.error();
        content_ = work->path() / "content";
        auto done = co_await read_all();
        if (done && drill_) done = co_await drill();
        co_await remember(done, std::make_shared<work_folder>(std::move(*work)));
        if (!done) co_return done.error();
        co_return describe();
    }

  private:
    std::string path() const { return with_.folder.path_of(set_).string(); }

    // Who signed it is known before anything of it is unpacked. SQL that nobody here has signed runs nowhere.
    awaitable<result<void>> look() {
        auto found = co_await offload(with_.pool, [this] {
            read_as_ = identity_of(path());
            return archive::read_manifest(path(), with_.keys, watch_);
        });
        if (!found) co_return found.error();
        co_return archive::require_signature(*found, !drill_);
    }

    awaitable<result<void>> read_all() {
        auto const executor = co_await asio::this_coro::executor;
        told_.at("reading", 1);
        auto found = co_await offload(
            with_.pool, [this, tell = percent_teller(executor, told_, "reading", 1, drill_ ? 50 : 80)] {
                return archive::extract_archive(path(), with_.keys, content_.string(), watch_, tell,
                                                with_.folder.room());
            });
        if (!found) co_return found.error();
        archive_ = std::move(*found);
        if (auto ok = archive::require_signature(archive_, true); !ok) co_return ok.error();
        told_.at("checking the contents", drill_ ? 50 : 80);
        co_return co_await offload(with_.pool, [this] { return check_contents(); });
    }

    result<void> check_contents() {
        auto const entries = list_dump((content_ / archive::dump_name).string(), watch_);
        if (!entries) return entries.error();
        entries_ = entries->size();
        if (archive_.what.find(archive::records_name)) {
            auto records = saved_records::open(content_ / archive::records_name);
            if (!records) return records.error();
            if (records->size() != archive_.what.vectors)
                return disagrees("the collection", std::int64_t(archive_.what.vectors),
                                 std::int64_t(records->size()));
            records_.emplace(std::move(*records));
        }
        if (archive_.what.find(archive::target_name))
            return check_target(content_ / archive::target_name, archive_.what, watch_);
        return {};
    }

    awaitable<result<void>> drill() {
        told_.at("restoring into a scratch database", 55);
        auto scratch = co_await postgres::make_scratch(with_.system_db, told_.id(), told_.limit());
        if (!scratch) co_return scratch.error();
        auto done = co_await load_scratch(*scratch, (content_ / archive::dump_name).string(), archive_.what,
                                          with_.pool, watch_);
        auto const dropped = co_await postgres::drop_scratch(with_.system_db, scratch->name,
                                                             clean_up_limit(*told_.stop(), clean_up_time));
        if (done && !dropped) done = dropped.error();
        if (done && records_) done = co_await drill_vectors();
        co_return done;
    }

    awaitable<result<void>> drill_vectors() {
        told_.at("restoring into a scratch collection", 80);
        auto const name = std::string(drill_prefix) + hex(told_.id());
        auto const made = co_await unless_stopped(
            with_.chroma.create(name, {{"drill_of", set_.name.id}}, after(chroma_limit)), told_.stop());
        if (!made) co_return made.error();
        auto done = co_await fill(*made);
        auto const dropped = co_await with_.chroma.drop(name, clean_up_limit(*told_.stop(), clean_up_time));
        if (done && !dropped) done = dropped.error();
        co_return done;
    }

    awaitable<result<void>> fill(chroma::collection const& to) {
        auto const ids = records_->ids();
        for (std::size_t at = 0; at < ids.size(); at += batch_size) {
            if (told_.cancelled())
                co_return error{errc::cancelled, public_text{"the verification was cancelled"}};
            std::vector<std::string> const some(ids.begin() + long(at),
                                                ids.begin() + long(std::min(at + batch_size, ids.size())));
            auto batch = co_await offload(with_.pool, [this, some] { return records_->find(some); });
            if (!batch) co_return batch.error();
            auto const stored = co_await unless_stopped(
                with_.chroma.upsert(to.id, std::move(*batch), batch_size, after(chroma_limit)), told_.stop());
            if (!stored) co_return stored.error();
        }
        auto const count =
            co_await unless_stopped(with_.chroma.count(to.id, after(chroma_limit)), told_.stop());
        if (!count) co_return count.error();
        if (*count != records_->size())
            co_return disagrees("the collection", std::int64_t(records_->size()), std::int64_t(*count));
        co_return result<void>{};
    }

    awaitable<void> remember(result<void> const& done, std::shared_ptr<work_folder> work) {
        bool const says_something = done || is_verdict(done.error());
        verification found{.problem = done ? std::string() : done.error().message};
        if (done) found.verified_at = now();
        found.drilled_at = done && drill_ ? found.verified_at : done ? set_.checked.drilled_at : std::nullopt;
        (void)co_await offload(with_.pool, [this, found, says_something, held = std::move(work)]() mutable {
            held.reset();
            if (says_something) write_verification(path(), found, read_as_);
            return result<void>();
        });
    }

    json::object describe() const {
        json::object rows;
        for (auto const& [table, n] : archive_.what.rows)
            rows.emplace(table, n);
        auto const* target = archive_.what.find(archive::target_name);
        return {{"backup_id", set_.name.id},
                {"signature", to_string(archive_.signature)},
                {"encrypted", archive_.encrypted},
                {"created_at", to_rfc3339(archive_.what.created_at)},
                {"migration", archive_.what.migration},
                {"dump_entries", entries_},
                {"rows", std::move(rows)},
                {"vectors", archive_.what.vectors},
                {"target_bytes", target ? target->size : 0},
                {"drilled", drill_}};
    }

    backup_parts& with_;
    backup_set set_;
    bool drill_;
    progress& told_;
    watch watch_;
    fs::path content_;
    std::string read_as_;  // the file's identity
    archive::opened archive_;
    std::size_t entries_ = 0;
    std::optional<saved_records> records_;
};

// Other installations may use the same ChromaDB.
awaitable<bool> is_ours(backup_parts& with, std::optional<uuid> job, deadline limit) {
    if (!job) co_return false;
    co_return (co_await with.job_rows.get(*job, limit)).has_value();
}

}  // namespace

awaitable<result<json::object>> verify(backup_parts& with, backup_set set, bool drill, progress& told) {
    verifying one(with, std::move(set), drill, told);
    co_return co_await one.run();
}

awaitable<result<std::size_t>> sweep_scratch(backup_parts& with, lock_store& locks, deadline limit) {
    auto const databases = co_await postgres::list_scratches(with.system_db, limit);
    if (!databases) co_return databases.error();
    auto const collections = co_await with.chroma.collections(limit);
    std::vector<std::string> drilled;
    for (auto const& c : collections ? *collections : std::vector<chroma::collection>())
        if (c.name.starts_with(drill_prefix)) drilled.push_back(c.name);
    if (databases->empty() && drilled.empty()) co_return 0;
    // Whoever works in a scratch holds it.
    auto const alone = co_await locks.try_lock("restore", lock_mode::exclusive, limit);
    if (!alone) co_return alone.error();
    std::size_t dropped = 0;
    for (auto const& name : *databases)
        if (co_await postgres::drop_scratch(with.system_db, name, limit)) ++dropped;
    for (auto const& name : drilled)
        if (co_await is_ours(with, parse_hex(name.substr(drill_prefix.size())), limit))
            if (co_await with.chroma.drop(name, limit)) ++dropped;
    co_return dropped;
}

}  // namespace vanna::jobs
