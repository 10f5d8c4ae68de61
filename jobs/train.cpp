#include "jobs/train.hpp"

#include <algorithm>
#include <set>

#include "core/sql/schema_version.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "db/chroma/names.hpp"
#include "jobs/collection_builder.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr auto retirement = std::chrono::minutes(5);
constexpr std::size_t page_size = 500;

class training {
  public:
    training(training_parts with, ask::knowledge_sources from, training_options how, deadline limit)
        : with_(with), from_(std::move(from)), how_(std::move(how)), limit_(limit) {}

    awaitable<result<training_report>> run() {
        auto const started = std::chrono::steady_clock::now();
        report("reading", 0);
        if (auto ok = co_await call(with_.embedder.ready(limit_)); !ok) co_return ok.error();
        auto snapshot = co_await call(with_.replicas.read(once()));
        if (!snapshot) co_return snapshot.error();
        state_ = snapshot->knowledge;
        if (!how_.look_only) {
            auto dropped = co_await call(drop_retired(with_, how_.base_name, true, limit_));
            if (!dropped) co_return dropped.error();
            done_.dropped = std::move(*dropped);
        }
        auto documents = ask::make_documents(from_);
        if (auto ok = co_await compare(documents); !ok) co_return ok.error();
        if (how_.look_only) co_return std::move(done_);
        if (auto ok = co_await bring_up(std::move(documents)); !ok) co_return ok.error();
        if (auto recorded = co_await record_schema(); !recorded) co_return recorded.error();
        report("done", 100);
        done_.duration =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
        co_return std::move(done_);
    }

  private:
    template <class T>
    awaitable<result<T>> call(awaitable<result<T>> what) {
        return store_call(std::move(what), how_.stop);
    }
    deadline once() const { return call_limit(limit_); }

    void report(std::string_view stage, int percent) const {
        if (how_.progress) how_.progress(stage, percent);
    }

    // What the current collection has, what it lacks, what it holds too much. Nothing of it is kept when its
    // vectors come from another embedder.
    awaitable<result<void>> compare(std::vector<ask::document> const& documents) {
        std::set<std::string> present;
        if (!state_.collection.empty() && state_.fingerprint == with_.embedder.fingerprint()) {
            auto found = co_await call(with_.chroma.get(state_.collection, once()));
            if (!found && found.error().code != errc::not_found) co_return found.error();
            if (found) old_ = std::move(*found);
        }
        while (old_) {
            if (auto ok = go_on(); !ok) co_return ok.error();
            auto const page = co_await call(with_.chroma.page(
                old_->id, {.limit = page_size, .offset = present.size(), .documents = false}, once()));
            if (!page) co_return page.error();
            auto const before = present.size();
            for (auto const& r : *page)
                present.insert(r.id);
            if (page->size() < page_size || present.size() == before) break;
        }
        for (auto const& d : documents)
            ++(present.contains(d.id) ? done_.kept : done_.added);
        done_.removed = present.size() - done_.kept;
        done_.collection = state_.collection;
        done_.changed = !old_ || done_.added > 0 || done_.removed > 0;
        report("comparing", 10);
        co_return result<void>{};
    }

    awaitable<result<void>> bring_up(std::vector<ask::document> documents) {
        if (done_.changed) co_return co_await build(std::move(documents));
        if (state_.schema_version == schema_version()) co_return result<void>{};
        // Another file of the same content for learning: the collection is up to date with it.
        bool row_was_asked = false;
        co_return co_await publish(state_.collection, row_was_asked);
    }

    awaitable<result<void>> build(std::vector<ask::document> documents) {
        collection_plan plan{.base_name = how_.base_name,
                             .current = state_.collection,
                             .documents = std::move(documents),
                             .known = old_ ? vectors_of(with_.chroma, old_->id) : known_vectors{},
                             .batch_size = how_.batch_size,
                             .cancelled = how_.cancelled,
                             .stop = how_.stop};
        plan.progress = [this](std::size_t written, std::size_t of) {
            report("embedding", 10 + int(80 * written / std::max<std::size_t>(1, of)));
        };
        auto built = co_await build_collection(with_.chroma, with_.embedder, std::move(plan), limit_);
        if (!built) co_return built.error();
        bool row_was_asked = false;
        auto published = co_await publish(built->made.name, row_was_asked);
        // Where it is not known whether the row moved, the next training sees what became of it.
        bool const is_unused = !row_was_asked || (!published && published.error().code == errc::conflict);
        if (!published && is_unused) co_await discard(with_.chroma, built->made.name, how_.stop);
        co_return published;
    }

    awaitable<result<void>> publish(std::string collection, bool& row_was_asked) {
        report("publishing", 92);
        if (auto ok = go_on(); !ok) co_return ok.error();
        if (how_.may_publish)
            if (auto allowed = co_await call(how_.may_publish(once())); !allowed) co_return allowed.error();
        row_was_asked = true;
        replica::knowledge_state next;
        next.collection = std::move(collection);
        next.fingerprint = with_.embedder.fingerprint();
        next.schema_version = schema_version();
        auto moved = co_await call(with_.replicas.move_knowledge(std::move(next), state_.revision, once()));
        if (!moved) co_return moved.error();
        done_.collection = moved->collection;
        co_return result<void>{};
    }

    result<void> go_on() const {
        if (how_.cancelled && how_.cancelled())
            return error{errc::cancelled, public_text{"the training was cancelled"}};
        return {};
    }
    std::string schema_version() const { return from_.schema ? from_.schema->version : std::string(); }

    awaitable<result<void>> record_schema() {
        if (!from_.schema) co_return result<void>{};
        report("recording the schema", 97);
        auto const now_is = sql::structure_of(*from_.schema);
        auto const before = co_await call(with_.replicas.schema_versions(how_.target, {.limit = 1}, once()));
        if (!before) co_return before.error();
        done_.schema_difference = sql::difference(
            before->items.empty() ? json::value(nullptr) : before->items.front().schema, now_is);
        auto const recorded = co_await call(with_.replicas.record_schema(
            how_.target, from_.schema->version, now_is, done_.schema_difference, once()));
        if (!recorded) co_return recorded.error();
        done_.schema_changed = *recorded;
        co_return result<void>{};
    }

    training_parts with_;
    ask::knowledge_sources from_;
    training_options how_;
    deadline limit_;
    replica::knowledge_state state_;
    std::optional<chroma::collection> old_;
    training_report done_;
};

}  // namespace

awaitable<result<training_report>> train(training_parts with, ask::knowledge_sources from,
                                         training_options how, deadline limit) {
    training one(with, std::move(from), std::move(how), limit);
    co_return co_await one.run();
}

boost::json::object view(training_report const& r) {
    return {{"collection", r.collection},
            {"added", r.added},
            {"removed", r.removed},
            {"kept", r.kept},
            {"changed", r.changed},
            {"schema_changed", r.schema_changed},
            {"schema_difference", r.schema_difference},
            {"dropped", json::array(r.dropped.begin(), r.dropped.end())},
            {"duration_ms", r.duration.count()}};
}

awaitable<result<std::vector<std::string>>> retired(training_parts with, std::string base_name,
                                                    bool unfinished, deadline limit) {
    auto const snapshot = co_await with.replicas.read(call_limit(limit));
    if (!snapshot) co_return snapshot.error();
    auto const& state = snapshot->knowledge;
    auto const current = chroma::generation_of(state.collection, base_name);
    auto const all = co_await with.chroma.collections(call_limit(limit));
    if (!all) co_return all.error();
    bool const settled = state.moved_at && now() - *state.moved_at > retirement;
    std::vector<std::string> out;
    for (auto const& c : *all) {
        auto const generation = chroma::generation_of(c.name, base_name);
        if (!generation || c.name == state.collection) continue;
        bool const superseded = current && *generation < *current;
        if (superseded ? settled : unfinished) out.push_back(c.name);
    }
    co_return out;
}

awaitable<result<std::vector<std::string>>> drop_retired(training_parts with, std::string base_name,
                                                         bool unfinished, deadline limit) {
    auto const names = co_await retired(with, std::move(base_name), unfinished, limit);
    if (!names) co_return names.error();
    for (auto const& name : *names) {
        auto const gone = co_await with.chroma.drop(name, call_limit(limit));
        if (!gone && gone.error().code != errc::not_found) co_return gone.error();
    }
    co_return names;
}

awaitable<result<bool>> add_pair(training_parts with, ask::example approved, bool with_values,
                                 deadline limit) {
    if (auto ok = co_await with.embedder.ready(limit); !ok) co_return ok.error();
    auto const snapshot = co_await with.replicas.read(limit);
    if (!snapshot) co_return snapshot.error();
    auto const& state = snapshot->knowledge;
    if (state.collection.empty() || state.fingerprint != with.embedder.fingerprint()) co_return false;
    auto const current = co_await with.chroma.get(state.collection, limit);
    if (!current) co_return current.error();
    ask::knowledge_sources only;
    only.with_values = with_values;
    only.examples.push_back(std::move(approved));
    std::vector<std::string> texts;
    std::vector<chroma::record> records;
    for (auto const& d : ask::make_documents(only)) {
        texts.push_back(d.text);
        records.push_back(chroma::to_record(d));
    }
    auto vectors = co_await with.embedder.embed(std::move(texts), limit);
    if (!vectors) co_return vectors.error();
    for (std::size_t i = 0; i < records.size(); ++i)
        records[i].embedding = std::move((*vectors)[i]);
    auto const size = records.size();
    auto const stored = co_await with.chroma.upsert(current->id, std::move(records), size, limit);
    if (!stored) co_return stored.error();
    co_return true;
}

}  // namespace vanna::jobs
