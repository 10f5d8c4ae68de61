#include "jobs/chroma_archive.hpp"

#include <openssl/evp.h>

#include <bit>
#include <cstring>
#include <fstream>

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t page_size = 200;
constexpr auto one_call = std::chrono::minutes(1);
constexpr std::size_t most_records = 1'000'000;
constexpr std::size_t most_line_bytes = 1 << 20;
constexpr std::size_t most_dimensions = 16384;
constexpr std::size_t most_id_bytes = 128;
static_assert(std::endian::native == std::endian::little, "embeddings are written as they lie in memory");

std::string to_base64(ask::embedding const& numbers) {
    auto const bytes = numbers.size() * sizeof(float);
    std::string out((bytes + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<unsigned char const*>(numbers.data()), int(bytes));
    return out;
}

std::optional<ask::embedding> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > most_dimensions * 6) return {};
    std::string bytes(text.size() / 4 * 3, '\0');
    auto const size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                      reinterpret_cast<unsigned char const*>(text.data()), int(text.size()));
    if (size < 0) return {};
    auto const padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
    auto const exact = std::size_t(size) - padding;
    if (exact % sizeof(float) != 0) return {};
    ask::embedding out(exact / sizeof(float));
    std::memcpy(out.data(), bytes.data(), exact);
    return out;
}

error write_failed(fs::path const& path) {
    return {errc::unavailable, public_text{"the vectors cannot be written to " + path.string() + ": " +
                                           std::generic_category().message(errno)}};
}

error bad_line(std::size_t number) {
    return {errc::invalid_input,
            public_text{"line " + std::to_string(number) + " of the archive's vectors is no record"}};
}

result<void> append(fs::path const& path, std::string const& bytes, bool first) {
    std::ofstream out(path, std::ios::binary | (first ? std::ios::trunc : std::ios::app));
    out.write(bytes.data(), std::streamsize(bytes.size()));
    if (!out.flush()) return write_failed(path);
    return {};
}

}  // namespace

std::string record_line(chroma::record const& r) {
    return json::serialize(json::object{{"id", r.id},
                                        {"document", r.document},
                                        {"metadata", r.metadata},
                                        {"embedding", to_base64(r.embedding)}}) +
           "\n";
}

result<chroma::record> parse_record_line(std::string_view line) {
    boost::system::error_code wrong;
    auto read = json::parse(line, wrong);
    if (wrong || !read.is_object()) return bad_line(0);
    auto& from = read.get_object();
    auto const* id = from.if_contains("id");
    auto const* document = from.if_contains("document");
    auto const* metadata = from.if_contains("metadata");
    auto const* embedding = from.if_contains("embedding");
    if (!id || !id->is_string() || id->get_string().size() > most_id_bytes || !document ||
        !document->is_string() || !metadata || !metadata->is_object() || !embedding ||
        !embedding->is_string())
        return bad_line(0);
    auto numbers = from_base64(embedding->get_string());
    if (!numbers) return bad_line(0);
    return chroma::record{std::string(id->get_string()), std::string(document->get_string()),
                          metadata->get_object(), std::move(*numbers)};
}

awaitable<result<std::size_t>> save_collection(chroma::client& from, std::string name,
                                               std::string fingerprint, fs::path folder, work_pool& pool,
                                               std::function<void(std::size_t, std::size_t)> seen,
                                               deadline limit) {
    auto const soon = [limit] { return std::min(limit, after(one_call)); };
    auto const found = co_await from.get(name, soon());
    if (!found) co_return found.error();
    auto const expected = co_await from.count(found->id, soon());
    if (!expected) co_return expected.error();
    auto about = json::serialize(json::object{{"name", name},
                                              {"metadata", found->metadata},
                                              {"fingerprint", std::move(fingerprint)},
                                              {"count", *expected}}) +
                 "\n";
    auto const records = folder / "records.ndjson";
    auto begun = co_await offload(pool, [folder, records, about = std::move(about)]() -> result<void> {
        std::error_code failed;
        fs::create_directories(folder, failed);
        if (auto ok = append(folder / "collection.json", about, true); !ok) return ok;
        return append(records, {}, true);
    });
    if (!begun) co_return begun.error();
    std::size_t written = 0;
    while (written < *expected) {
        auto page = co_await from.page(found->id, {.limit = page_size, .offset = written, .embeddings = true},
                                       soon());
        if (!page) co_return page.error();
        if (page->empty()) break;
        written += page->size();
        auto ok = co_await offload(pool, [records, page = std::move(*page)] {
            std::string lines;
            for (auto const& r : page)
                lines += record_line(r);
            return append(records, lines, false);
        });
        if (!ok) co_return ok.error();
        if (seen) seen(written, *expected);
    }
    if (written != *expected)
        co_return error{errc::unavailable,
                        public_text{"ChromaDB gave " + std::to_string(written) + " of " +
                                    std::to_string(*expected) + " records of " + name + ": try again"}};
    co_return written;
}

result<saved_records> saved_records::open(fs::path file) {
    saved_records out;
    std::ifstream in(file, std::ios::binary);
    if (!in) return write_failed(file);
    std::string buffer(most_line_bytes, '\0');
    std::uint64_t offset = 0;
    while (in.peek() != std::ifstream::traits_type::eof()) {
        // A line that is longer than the buffer sets failbit.
        if (!in.getline(buffer.data(), std::streamsize(buffer.size())) || out.places_.size() >= most_records)
            return bad_line(out.places_.size() + 1);
        std::string_view const line(buffer.data());
        auto const length = std::uint64_t(in.gcount());
        auto record = parse_record_line(line);
        if (!record) return bad_line(out.places_.size() + 1);
        if (!out.places_.emplace(std::move(record->id), place{offset, std::uint32_t(line.size())}).second)
            return error{errc::invalid_input,
                         public_text{"the archive's vectors hold one id twice, at line " +
                                     std::to_string(out.places_.size() + 1)}};
        offset += length;
    }
    out.file_ = std::move(file);
    return out;
}

std::vector<std::string> saved_records::ids() const {
    std::vector<std::string> out;
    for (auto const& [id, where] : places_)
        out.push_back(id);
    return out;
}

result<std::vector<chroma::record>> saved_records::find(std::vector<std::string> const& ids) const {
    std::ifstream in(file_, std::ios::binary);
    std::vector<chroma::record> out;
    for (auto const& id : ids) {
        auto const known = places_.find(id);
        if (known == places_.end()) continue;
        std::string line(known->second.length, '\0');
        in.seekg(std::streamoff(known->second.offset));
        if (!in.read(line.data(), std::streamsize(line.size()))) return write_failed(file_);
        auto record = parse_record_line(line);
        if (!record) return record.error();
        out.push_back(std::move(*record));
    }
    return out;
}

}  // namespace vanna::jobs
