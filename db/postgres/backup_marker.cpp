#include "db/postgres/backup_marker.hpp"

namespace vanna::postgres {
namespace {

constexpr statement read_backup_marker{"read_backup_marker", "select marker from backup_folder"};
constexpr statement add_backup_marker{
    "add_backup_marker",
    "insert into backup_folder (marker) values ($1::uuid) on conflict (id) do update set marker = case when "
    "$2::boolean then excluded.marker else backup_folder.marker end returning marker"};

}  // namespace

awaitable<result<std::optional<uuid>>> recorded_backup_marker(pool& on, deadline limit) {
    auto const found = co_await on.read(read_backup_marker, params{}, limit);
    if (!found) co_return found.error();
    if (found->empty()) co_return std::optional<uuid>();
    co_return std::optional((*found)[0].id(0));
}

awaitable<result<uuid>> record_backup_marker(pool& on, uuid id, bool instead, deadline limit) {
    auto const done = co_await on.write(add_backup_marker, params(id, instead), limit);
    if (!done) co_return done.error();
    co_return (*done)[0].id(0);
}

}  // namespace vanna::postgres
