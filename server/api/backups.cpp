#include "core/admin/backups.hpp"

#include "server/api/body.hpp"
#include "server/api/byte_range.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

constexpr std::size_t piece_size = 256 * 1024;
constexpr auto longest_download = std::chrono::hours(6);

std::string resource(std::string_view id) {
    return "backups/" + std::string(id);
}

reply page(boost::json::array items) {
    return json_reply(200, boost::json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

result<bool> drill_of(http::request const& r) {
    if (r.body.empty()) return false;
    auto body = body_reader::parse(r.body);
    if (!body) return body.error();
    auto const drill = body->optional_bool("drill");
    if (auto ok = body->done(); !ok) return ok.error();
    return drill.value_or(false);
}

// If-Range with another tag than the file's: the client has the beginning of another file.
asked_range range_of(http::request const& r, admin::open_backup const& from) {
    auto const condition = r.header("if-range");
    if (!condition.empty() && condition != from.tag) return {range_kind::whole, {0, from.size}};
    return parse_range(r.header("range"), from.size);
}

reply download(context& c, admin::open_backup from, byte_range part) {
    auto answer = http::stream_response(
        from.name.ends_with(".enc") ? "application/octet-stream" : "application/gzip",
        [&c, from, at = part.first,
         end = part.first + part.length]() mutable -> awaitable<result<std::optional<std::string>>> {
            if (at == end) co_return std::optional<std::string>();
            auto piece =
                co_await c.backups.read(from, at, std::size_t(std::min<std::uint64_t>(piece_size, end - at)));
            if (!piece) co_return piece.error();
            at += piece->size();
            co_return std::optional(std::move(*piece));
        },
        after(longest_download));
    answer.stream_size = part.length;
    answer.headers.push_back({"accept-ranges", "bytes"});
    answer.headers.push_back({"etag", from.tag});
    answer.headers.push_back({"content-disposition", "attachment; filename=\"" + from.name + "\""});
    return answer;
}

}  // namespace

awaitable<reply> create_backup(context& c, http::request& r) {
    co_return co_await audited(c, r, "backup.create", "backups", nullptr, [&]() -> awaitable<reply> {
        auto const job = co_await c.backups.create(who(r).email, r.limit);
        if (!job) co_return job.error();
        co_return accepted(*job, "/api/v1/admin/db/backup/status/" + to_string(job->id));
    });
}

awaitable<reply> verify_backup(context& c, http::request& r) {
    auto const drill = drill_of(r);
    if (!drill) co_return drill.error();
    std::string const id(r.parameter("id"));
    co_return co_await audited(
        c, r, "backup.verify", resource(id), {{"drill", *drill}}, [&]() -> awaitable<reply> {
            auto const job = co_await c.backups.verify(id, *drill, who(r).email, r.limit);
            if (!job) co_return job.error();
            co_return accepted(*job, "/api/v1/admin/db/verify/status/" + to_string(job->id));
        });
}

awaitable<reply> restore_backup(context& c, http::request& r) {
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    std::string const id(r.parameter("id"));
    co_return co_await audited(c, r, "backup.restore", resource(id), nullptr, [&]() -> awaitable<reply> {
        auto const job = co_await c.backups.restore(id, who(r).email, r.limit);
        if (!job) co_return job.error();
        co_return accepted(*job, "/api/v1/admin/db/restore/status/" + to_string(job->id));
    });
}

awaitable<reply> delete_backup(context& c, http::request& r) {
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    std::string const id(r.parameter("id"));
    co_return co_await audited(c, r, "backup.delete", resource(id), nullptr, [&]() -> awaitable<reply> {
        if (auto ok = co_await c.backups.remove(id, r.limit); !ok) co_return ok.error();
        co_return http::no_content();
    });
}

awaitable<reply> get_backup_status(context& c, http::request& r) {
    auto const status = co_await c.backups.status(r.limit);
    if (!status) co_return status.error();
    note(c, entry_of(r, "backup.status", "backups", "success"));
    co_return json_reply(200, *status);
}

awaitable<reply> list_backups(context& c, http::request& r) {
    auto items = co_await c.backups.list(r.limit);
    if (!items) co_return items.error();
    note(c, entry_of(r, "backup.list", "backups", "success"));
    co_return page(std::move(*items));
}

awaitable<reply> explain_retention(context& c, http::request& r) {
    auto items = co_await c.backups.retention(r.limit);
    if (!items) co_return items.error();
    note(c, entry_of(r, "backup.retention", "backups", "success"));
    co_return page(std::move(*items));
}

// An archive holds everything there is: who takes it away is committed to the trail before the first byte.
awaitable<reply> download_backup(context& c, http::request& r) {
    std::string const id(r.parameter("id"));
    auto from = co_await c.backups.open(id, r.limit);
    if (!from) co_return from.error();
    auto const range = range_of(r, *from);
    if (range.kind == range_kind::unsatisfiable)
        co_return reply(error{errc::bad_request, public_text{"the range lies past the end: the archive has " +
                                                             std::to_string(from->size) + " bytes"}})
            .with_status(416)
            .with("content-range", "bytes */" + std::to_string(from->size));
    if (auto ok =
            co_await c.audit.append({entry_of(r, "backup.download", resource(id), "success",
                                              {{"first", range.bytes.first}, {"bytes", range.bytes.length}})},
                                    r.limit);
        !ok)
        co_return ok.error();
    auto const size = from->size;
    auto answer = download(c, std::move(*from), range.bytes);
    if (range.kind == range_kind::part)
        co_return std::move(answer).with_status(206).with(
            "content-range", "bytes " + std::to_string(range.bytes.first) + "-" +
                                 std::to_string(range.bytes.first + range.bytes.length - 1) + "/" +
                                 std::to_string(size));
    co_return answer;
}

}  // namespace vanna::api
