#include "jobs/train.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/sql/schema_version.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "db/chroma/names.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr auto retirement = std::chrono::minutes(5);
constexpr std::size_t page_size = 500;

struct plan {
    std::vector<ask::document> added, kept;
    std::size_t removed = 0;
};

class training {
  public:
    training(training_parts with, ask::knowledge_sources from, training_options how, deadline limit)
        : with_(with), from_(std::move(from)), how_(std::move(how)), limit_(limit) {}

    awaitable<result<training_report>> run() {
        auto const started = std::chrono::steady_clock::now();
        report("reading", 0);
        auto snapshot = co_await with_.replicas.read(limit_);
        if (!snapshot) co_return snapshot.error();
        state_ = snapshot->knowledge;
        auto dropped = co_await drop_retired(with_, how_.base_name, true, limit_);
        if (!dropped) co_return dropped.error();
        done_.dropped = std::move(*dropped);
        auto changes = co_await compare();
        if (!changes) co_return changes.error();
        done_.added = changes->added.size();
        done_.kept = changes->kept.size();
        done_.removed = changes->removed;
        done_.collection = state_.collection;
        if (!old_ || !changes->added.empty() || changes->removed > 0) {
            if (auto made = co_await build(std::move(*changes)); !made) co_return made.error();
            done_.changed = true;
        }
        if (auto recorded = co_await record_schema(); !recorded) co_return recorded.error();
        report("done", 100);
        done_.duration =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
        co_return std::move(done_);
    }

  private:
    void report(std::string_view stage, int percent) const {
        if (how_.progress) how_.progress(stage, percent);
    }

    // What the current collection has, what it lacks, what it holds too much. Nothing of it is kept when its
    // vectors come from another embedder.
    awaitable<result<plan>> compare() {
        auto documents = ask::make_documents(from_);
        plan out;
        std::set<std::string> present;
        if (!state_.collection.empty() && state_.fingerprint == with_.embedder.fingerprint()) {
            auto found = co_await with_.chroma.get(state_.collection, limit_);
            if (!found && found.error().code != errc::not_found) co_return found.error();
            if (found) old_ = std::move(*found);
        }
        if (old_) {
            while (true) {
                auto const page = co_await with_.chroma.page(old_->id, {page_size, present.size()}, limit_);
                if (!page) co_return page.error();
                auto const before = present.size();
                for (auto const& r : *page)
                    present.insert(r.id);
                if (page->size() < page_size || present.size() == before) break;
            }
        }
        for (auto& d : documents)
            (present.contains(d.id) ? out.kept : out.added).push_back(std::move(d));
        out.removed = present.size() - out.kept.size();
        report("comparing", 10);
        co_return out;
    }

    awaitable<result<void>> build(plan changes) {
        auto name = co_await next_name();
        if (!name) co_return name.error();
        json::object metadata{{"fingerprint", with_.embedder.fingerprint()},
                              {"created_at", to_rfc3339(now())}};
        auto made = co_await with_.chroma.create(*name, std::move(metadata), limit_);
        if (!made) co_return made.error();
        auto filled = co_await fill(*made, std::move(changes));
        if (filled) filled = co_await publish(*made);
        // What was not published is of no use; a crash here is cleared up by the next run.
        if (!filled) (void)co_await with_.chroma.drop(made->name, after(std::chrono::seconds(5)));
        co_return filled;
    }

    awaitable<result<std::string>> next_name() {
        if (!chroma::is_valid_name(how_.base_name))
            co_return error{errc::invalid_input, public_text{"CHROMA_COLLECTION '" + how_.base_name +
                                                             "' is no name ChromaDB allows"}};
        auto const all = co_await with_.chroma.collections(limit_);
        if (!all) co_return all.error();
        unsigned last = chroma::generation_of(state_.collection, how_.base_name).value_or(0);
        for (auto const& c : *all)
            last = std::max(last, chroma::generation_of(c.name, how_.base_name).value_or(0));
        co_return chroma::generation_name(how_.base_name, last + 1);
    }

    awaitable<result<void>> fill(chroma::collection const& to, plan changes) {
        auto const total = std::max<std::size_t>(1, changes.kept.size() + changes.added.size());
        std::size_t written = 0;
        auto const batch = std::max<std::size_t>(1, how_.batch_size);
        for (auto* list : {&changes.kept, &changes.added})
            for (std::size_t at = 0; at < list->size(); at += batch) {
                std::vector<ask::document> part(list->begin() + long(at),
                                                list->begin() + long(std::min(at + batch, list->size())));
                auto const size = part.size();
                auto records = co_await embedded(std::move(part), list == &changes.kept);
                if (!records) co_return records.error();
                auto const stored = co_await with_.chroma.upsert(to.id, std::move(*records), batch, limit_);
                if (!stored) co_return stored.error();
                written += size;
                report("embedding", 10 + int(80 * written / total));
            }
        auto const count = co_await with_.chroma.count(to.id, limit_);
        if (!count) co_return count.error();
        if (*count != written)
            co_return error{errc::unavailable, public_text{"ChromaDB holds " + std::to_string(*count) +
                                                           " of " + std::to_string(written) +
                                                           " documents written: the collection is not used"}};
        co_return result<void>{};
    }

    // With the vectors the old collection has, where it has them.
    awaitable<result<std::vector<chroma::record>>> embedded(std::vector<ask::document> documents,
                                                            bool known) {
        std::unordered_map<std::string, ask::embedding> vectors;
        if (known) {
            std::vector<std::string> ids;
            for (auto const& d : documents)
                ids.push_back(d.id);
            auto found = co_await with_.chroma.by_ids(old_->id, std::move(ids), true, limit_);
            if (!found) co_return found.error();
            for (auto& r : *found)
                if (r.embedding.size() == with_.embedder.dimension()) vectors[r.id] = std::move(r.embedding);
        }
        std::vector<std::string> texts;
        for (auto const& d : documents)
            if (!vectors.contains(d.id)) texts.push_back(d.text);
        auto made = co_await with_.embedder.embed(std::move(texts), limit_);
        if (!made) co_return made.error();
        std::vector<chroma::record> out;
        std::size_t next = 0;
        for (auto const& d : documents) {
            auto r = chroma::to_record(d);
            auto const kept = vectors.find(d.id);
            r.embedding = kept != vectors.end() ? std::move(kept->second) : std::move((*made)[next++]);
            out.push_back(std::move(r));
        }
        co_return out;
    }

    awaitable<result<void>> publish(chroma::collection const& made) {
        report("publishing", 92);
        if (how_.may_publish)
            if (auto allowed = co_await how_.may_publish(limit_); !allowed) co_return allowed.error();
        replica::knowledge_state next;
        next.collection = made.name;
        next.fingerprint = with_.embedder.fingerprint();
        next.schema_version = from_.schema ? from_.schema->version : std::string();
        auto moved = co_await with_.replicas.move_knowledge(std::move(next), state_.revision, limit_);
        if (!moved) co_return moved.error();
        done_.collection = moved->collection;
        co_return result<void>{};
    }

    awaitable<result<void>> record_schema() {
        if (!from_.schema) co_return result<void>{};
        report("recording the schema", 97);
        auto const now_is = sql::structure_of(*from_.schema);
        auto const before = co_await with_.replicas.schema_versions(how_.target, {.limit = 1}, limit_);
        if (!before) co_return before.error();
        done_.schema_difference = sql::difference(
            before->items.empty() ? json::value(nullptr) : before->items.front().schema, now_is);
        auto const recorded = co_await with_.replicas.record_schema(how_.target, from_.schema->version,
                                                                    now_is, done_.schema_difference, limit_);
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

awaitable<result<std::vector<std::string>>> retired(training_parts with, std::string base_name,
                                                    bool unfinished, deadline limit) {
    auto const snapshot = co_await with.replicas.read(limit);
    if (!snapshot) co_return snapshot.error();
    auto const& state = snapshot->knowledge;
    auto const current = chroma::generation_of(state.collection, base_name);
    auto const all = co_await with.chroma.collections(limit);
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
        auto const gone = co_await with.chroma.drop(name, limit);
        if (!gone && gone.error().code != errc::not_found) co_return gone.error();
    }
    co_return names;
}

awaitable<result<bool>> add_pair(training_parts with, ask::example approved, deadline limit) {
    auto const snapshot = co_await with.replicas.read(limit);
    if (!snapshot) co_return snapshot.error();
    auto const& state = snapshot->knowledge;
    if (state.collection.empty() || state.fingerprint != with.embedder.fingerprint()) co_return false;
    auto const current = co_await with.chroma.get(state.collection, limit);
    if (!current) co_return current.error();
    ask::knowledge_sources only;
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
