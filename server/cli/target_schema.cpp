#include "server/cli/target_schema.hpp"

#include "db/postgres/target/target.hpp"
#include "db/sqlite/file_schema.hpp"

namespace vanna::cli {
namespace {

constexpr auto reading_limit = std::chrono::seconds(20);

error wrong(std::string message) {
    return {errc::invalid_input, public_text{std::move(message)}};
}

bool has_password(std::string_view url) {
    auto const authority = url.substr(0, url.find('/', url.find("://") + 3));
    auto const at = authority.rfind('@');
    return (at != authority.npos &&
            authority.substr(0, at).find(':', authority.find("://") + 3) != authority.npos) ||
           url.find("password=") != url.npos;
}

result<sql::schema> read_database(std::string const& url) {
    auto where = postgres::address::parse(url);
    if (!where) return wrong("--target is no PostgreSQL address: " + where.error().message);
    work_pool pool("postgresql", 1, 4);
    asio::io_context context(1);
    auto const target = pg_target::create_target(pool, {.where = std::move(*where)});
    result<void> read = error{};
    asio::co_spawn(context, target->refresh(after(reading_limit)),
                   [&read](std::exception_ptr failure, result<void> outcome) {
                       if (failure) std::rethrow_exception(failure);
                       read = std::move(outcome);
                   });
    context.run();
    pool.join();
    if (!read) return read.error();
    return *target->schema();
}

}  // namespace

result<sql::schema> read_target_schema(std::string const& url) {
    constexpr std::string_view file = "sqlite:///";
    if (url.starts_with(file)) {
        auto const path = std::string_view(url).substr(file.size());
        return sqlite::read_file_schema(std::string(path.substr(0, path.find('?'))));
    }
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
        return wrong(
            "--target must be sqlite:/// and the path of the file, or postgresql://user@host/database");
    if (has_password(url))
        return wrong(
            "--target holds a password, which everybody on this machine could read; leave it out and "
            "set PGPASSWORD");
    return read_database(url);
}

}  // namespace vanna::cli
