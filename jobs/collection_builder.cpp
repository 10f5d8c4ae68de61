#include "jobs/collection_builder.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "db/chroma/names.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

constexpr auto drop_limit = std::chrono::seconds(5);

class builder {
  public:
    builder(chroma::client& chroma, ask::embedder& embedder, collection_plan plan, deadline limit)
        : chroma_(chroma), embedder_(embedder), plan_(std::move(plan)), limit_(limit) {}

    awaitable<result<built_collection>> run() {
        auto name = co_await next_name();
        if (!name) co_return name.error();
        if (plan_.named)
            if (auto ok = co_await plan_.named(*name); !ok) co_return ok.error();
        boost::json::object metadata{{"fingerprint", embedder_.fingerprint()},
                                     {"created_at", to_rfc3339(now())}};
        auto made = co_await call(chroma_.create(std::move(*name), std::move(metadata), once()));
        if (!made) co_return made.error();
        built_.made = std::move(*made);
        auto filled = co_await fill();
        if (filled) filled = co_await check_count();
        if (filled) co_return std::move(built_);
        co_await discard(chroma_, built_.made.name, plan_.stop);
        co_return filled.error();
    }

  private:
    template <class T>
    awaitable<result<T>> call(awaitable<result<T>> what) {
        return store_call(std::move(what), plan_.stop);
    }
    deadline once() const { return call_limit(limit_); }

    // One above every generation there is, and above the current one even where ChromaDB has lost it.
    awaitable<result<std::string>> next_name() {
        if (!chroma::is_valid_name(plan_.base_name))
            co_return error{errc::invalid_input, public_text{"CHROMA_COLLECTION '" + plan_.base_name +
                                                             "' is no name ChromaDB allows"}};
        auto const all = co_await call(chroma_.collections(once()));
        if (!all) co_return all.error();
        unsigned last = chroma::generation_of(plan_.current, plan_.base_name).value_or(0);
        for (auto const& c : *all)
            last = std::max(last, chroma::generation_of(c.name, plan_.base_name).value_or(0));
        co_return chroma::generation_name(plan_.base_name, last + 1);
    }

    // Those with known vectors first; the others are then embedded in whole batches.
    awaitable<result<void>> fill() {
        std::vector<ask::document> missing;
        if (!plan_.known) missing.swap(plan_.documents);
        auto const of = std::max(missing.size(), plan_.documents.size());
        for (auto* list : {&plan_.documents, &missing})
            for (std::size_t at = 0; at < list->size();) {
                if (plan_.cancelled && plan_.cancelled())
                    co_return error{errc::cancelled, public_text{"the training was cancelled"}};
                auto const end = std::min(at + std::max<std::size_t>(1, plan_.batch_size), list->size());
                std::vector<ask::document> batch(std::make_move_iterator(list->begin() + long(at)),
                                                 std::make_move_iterator(list->begin() + long(end)));
                at = end;
                auto records = list == &missing ? co_await embedded(std::move(batch))
                                                : co_await reused(std::move(batch), missing);
                if (!records) co_return records.error();
                auto const stored = co_await call(
                    chroma_.upsert(built_.made.id, std::move(*records), plan_.batch_size, once()));
                if (!stored) co_return stored.error();
                if (plan_.progress) plan_.progress(built_.reused + built_.embedded, of);
            }
        co_return result<void>{};
    }

    awaitable<result<std::vector<chroma::record>>> reused(std::vector<ask::document> batch,
                                                          std::vector<ask::document>& missing) {
        std::vector<std::string> ids;
        for (auto const& d : batch)
            ids.push_back(d.id);
        auto known = co_await call(plan_.known(std::move(ids), once()));
        if (!known) co_return known.error();
        std::vector<chroma::record> out;
        for (auto& d : batch) {
            auto const found = known->find(d.id);
            if (found == known->end() || found->second.size() != embedder_.dimension()) {
                missing.push_back(std::move(d));
                continue;
            }
            out.push_back(chroma::to_record(d));
            out.back().embedding = std::move(found->second);
        }
        built_.reused += out.size();
        co_return out;
    }

    awaitable<result<std::vector<chroma::record>>> embedded(std::vector<ask::document> batch) {
        std::vector<std::string> texts;
        for (auto const& d : batch)
            texts.push_back(d.text);
        auto vectors = co_await call(embedder_.embed(std::move(texts), limit_));
        if (!vectors) co_return vectors.error();
        std::vector<chroma::record> out;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            out.push_back(chroma::to_record(batch[i]));
            out.back().embedding = std::move((*vectors)[i]);
        }
        built_.embedded += out.size();
        co_return out;
    }

    awaitable<result<void>> check_count() {
        auto const written = built_.reused + built_.embedded;
        auto const count = co_await call(chroma_.count(built_.made.id, once()));
        if (!count) co_return count.error();
        if (*count != written)
            co_return error{errc::unavailable, public_text{"ChromaDB holds " + std::to_string(*count) +
                                                           " of " + std::to_string(written) +
                                                           " documents written: the collection is not used"}};
        co_return result<void>{};
    }

    chroma::client& chroma_;
    ask::embedder& embedder_;
    collection_plan plan_;
    deadline limit_;
    built_collection built_;
};

}  // namespace

awaitable<result<built_collection>> build_collection(chroma::client& chroma, ask::embedder& embedder,
                                                     collection_plan plan, deadline limit) {
    builder one(chroma, embedder, std::move(plan), limit);
    co_return co_await one.run();
}

known_vectors vectors_of(chroma::client& chroma, std::string collection_id) {
    return [&chroma, id = std::move(collection_id)](std::vector<std::string> ids,
                                                    deadline limit) -> awaitable<result<vectors_by_id>> {
        auto found = co_await chroma.by_ids(id, std::move(ids), true, limit);
        if (!found) co_return found.error();
        vectors_by_id out;
        for (auto& r : *found)
            out[std::move(r.id)] = std::move(r.embedding);
        co_return out;
    };
}

awaitable<void> discard(chroma::client& chroma, std::string name, std::shared_ptr<sql::stop_flag> stop) {
    auto const limit = stop ? clean_up_limit(*stop, drop_limit) : after(drop_limit);
    auto const gone = co_await chroma.drop(name, limit);
    if (!gone && gone.error().code != errc::not_found)
        log::warn("an unfinished collection stays until the next training",
                  {{"collection", name}, {"error", gone.error().message}});
}

}  // namespace vanna::jobs
