#include "jobs/restore_knowledge.hpp"

#include "db/postgres/knowledge_size.hpp"
#include "db/postgres/stores.hpp"
#include "db/sqlite/file_schema.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_knowledge_bytes = 256ull << 20;
constexpr int from_percent = 50, to_percent = 68;

// Of terms and pairs, which are held in memory from here on.
awaitable<result<void>> require_reasonable(postgres::address from, deadline limit) {
    auto const size = co_await postgres::knowledge_size(from, limit);
    if (!size) co_return size.error();
    if (*size <= most_knowledge_bytes) co_return result<void>{};
    co_return error{
        errc::invalid_input,
        public_text{"the archive's terms and verified pairs have " + std::to_string(*size) +
                    " bytes, more than the " + std::to_string(most_knowledge_bytes) + " that are restored"}}
        .with_type("archive-too-large");
}

awaitable<result<ask::knowledge_sources>> read_rows(postgres::address from, deadline limit) {
    postgres::pool pool(co_await asio::this_coro::executor, std::move(from),
                        {.connections = 1, .sessions = 1, .statement_timeout = std::chrono::seconds(60)});
    ask::knowledge_sources out;
    auto const read = [&]() -> awaitable<result<void>> {
        if (auto const opened = co_await pool.open(limit); !opened) co_return opened.error();
        auto const store = postgres::create_knowledge_store(pool);
        auto terms = co_await store->terms(limit);
        if (!terms) co_return terms.error();
        auto examples = co_await store->examples("approved", limit);
        if (!examples) co_return examples.error();
        out.terms = std::move(*terms);
        out.examples = std::move(*examples);
        co_return result<void>{};
    };
    auto const done = co_await read();
    co_await pool.close();
    if (!done) co_return done.error();
    co_return out;
}

// Of the target in place, of the restored one, or of the one that stays; null: there is none of them here,
// the next training learns it.
awaitable<result<std::shared_ptr<sql::schema const>>> read_schema(restore_parts& with,
                                                                  archive::manifest const& what,
                                                                  fs::path content, std::string current,
                                                                  deadline limit) {
    if (with.schema_in_place) co_return co_await with.schema_in_place(limit);
    bool const restored = !what.target_version.empty();
    auto const file = restored ? content / archive::target_name : fs::path(with.stores.target_path);
    std::error_code failed;
    if (!restored && (current.empty() || !fs::exists(file, failed)))
        co_return std::shared_ptr<sql::schema const>();
    auto schema =
        co_await offload(with.stores.pool, [name = file.string()] { return sqlite::read_file_schema(name); });
    if (!schema) co_return schema.error();
    schema->version = restored ? what.target_version : current;
    co_return std::make_shared<sql::schema const>(std::move(*schema));
}

// The archive's vectors, unless they are of another space than the embedder's.
awaitable<result<known_vectors>> archived_vectors(restore_parts& with, archive::manifest const& what,
                                                  fs::path content) {
    if (!what.find(archive::records_name) || what.fingerprint != with.embedder.fingerprint())
        co_return known_vectors{};
    auto opened = co_await offload(
        with.stores.pool, [file = content / archive::records_name] { return saved_records::open(file); });
    if (!opened) co_return opened.error();
    auto const records = std::make_shared<saved_records>(std::move(*opened));
    co_return known_vectors([&pool = with.stores.pool, records](
                                std::vector<std::string> ids, deadline) -> awaitable<result<vectors_by_id>> {
        auto found = co_await offload(pool, [records, ids = std::move(ids)] { return records->find(ids); });
        if (!found) co_return found.error();
        vectors_by_id out;
        for (auto& record : *found)
            out[std::move(record.id)] = std::move(record.embedding);
        co_return out;
    });
}

}  // namespace

awaitable<result<restored_knowledge>> rebuild_knowledge(
    restore_parts& with, postgres::scratch from, archive::manifest what, fs::path content,
    replica::snapshot before, std::function<awaitable<result<void>>(std::string)> named, progress& told) {
    auto const limit = told.limit();
    auto const ready = co_await store_call(with.embedder.ready(limit), told.stop());
    if (!ready) co_return ready.error();
    if (auto const fine = co_await require_reasonable(from.where, limit); !fine) co_return fine.error();
    auto sources = co_await read_rows(from.where, limit);
    if (!sources) co_return sources.error();
    auto schema = co_await read_schema(with, what, content, before.target.version, limit);
    if (!schema) co_return schema.error();
    sources->schema = *schema;
    sources->with_values = with.with_values;
    auto known = co_await archived_vectors(with, what, content);
    if (!known) co_return known.error();
    collection_plan plan{.base_name = with.base_name,
                         .current = before.knowledge.collection,
                         .documents = ask::make_documents(*sources),
                         .known = std::move(*known),
                         .batch_size = with.batch_size,
                         .cancelled = [&told] { return told.cancelled(); },
                         .named = std::move(named),
                         .stop = told.stop()};
    plan.progress = [&told](std::size_t written, std::size_t of) {
        told.at("building the vectors",
                from_percent + int((to_percent - from_percent) * written / std::max<std::size_t>(1, of)));
    };
    auto const built = co_await build_collection(with.stores.chroma, with.embedder, std::move(plan), limit);
    if (!built) co_return built.error();
    co_return restored_knowledge{.state = {.collection = built->made.name,
                                           .fingerprint = with.embedder.fingerprint(),
                                           .schema_version = *schema ? (*schema)->version : std::string()},
                                 .kept = built->reused,
                                 .embedded = built->embedded};
}

}  // namespace vanna::jobs
