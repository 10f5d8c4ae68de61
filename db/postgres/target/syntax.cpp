#include "db/postgres/target/syntax.hpp"

#include <pg_query.h>
#include <pthread.h>

#include <string>

#include "core/sql/utf8.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t most_text = 1u << 20, most_tree = 4u << 20;
constexpr std::size_t deepest = 2000;  // levels of JSON, two or three a level of the statement
// The library writes its tree by recursion: some 300 bytes of stack a level, and a level needs two bytes of
// text at least.
constexpr std::size_t stack_per_byte = 400, stack_of_any = 512u << 10, short_text = 4096;

struct parsing {
    std::string text;
    PgQueryParseResult found{};
    ~parsing() { pg_query_free_parse_result(found); }
};

void* run(void* given) {
    auto* const p = static_cast<parsing*>(given);
    p->found = pg_query_parse(p->text.c_str());
    return nullptr;
}

bool run_on_large_stack(parsing& p) {
    pthread_attr_t how;
    pthread_t thread{};
    if (pthread_attr_init(&how) != 0) return false;
    bool const begun = pthread_attr_setstacksize(&how, stack_of_any + stack_per_byte * p.text.size()) == 0 &&
                       pthread_create(&thread, &how, run, &p) == 0;
    pthread_attr_destroy(&how);
    return begun && pthread_join(thread, nullptr) == 0;
}

error too_large(std::string message) {
    return {errc::query_too_large, public_text{std::move(message)}};
}

error invalid(std::string message, std::size_t position) {
    error e{errc::query_invalid, public_text{std::move(message)}};
    e.position = position;
    return e;
}

result<void> check_bytes(std::string_view sql) {
    if (sql.size() > most_text)
        return too_large("the statement has " + std::to_string(sql.size()) + " bytes; at most " +
                         std::to_string(most_text) + " are allowed");
    if (auto const nul = sql.find('\0'); nul != std::string_view::npos)
        return invalid("the statement holds a NUL byte", sql::characters_before(sql, nul));
    for (std::size_t at = 0; at < sql.size();) {
        auto const step = sql::next_utf8(sql.substr(at));
        if (!step.valid) return invalid("the statement is not valid UTF-8", sql::characters_before(sql, at));
        at += step.length;
    }
    return {};
}

}  // namespace

result<syntax_tree> parse_statement(std::string_view sql) {
    if (auto ok = check_bytes(sql); !ok) return ok.error();
    parsing p{std::string(sql)};
    if (sql.size() <= short_text)
        run(&p);
    else if (!run_on_large_stack(p))
        return error{errc::overloaded, public_text{"the server is short of memory; try again shortly"}}
            .with_retry(std::chrono::seconds(1));
    if (auto const* e = p.found.error)
        return invalid(e->message ? e->message : "syntax error", std::size_t(std::max(0, e->cursorpos - 1)));
    std::string_view const text = p.found.parse_tree ? p.found.parse_tree : "";
    if (text.size() > most_tree) return too_large("the statement has too many parts");
    syntax_tree out{std::make_unique<boost::json::monotonic_resource>()};
    boost::json::parse_options how;
    how.max_depth = deepest;
    boost::json::error_code failed;
    // The value is built where it stays: one with other memory would be copied, by recursion.
    std::destroy_at(&out.root);
    std::construct_at(&out.root, boost::json::parse(text, failed, out.memory.get(), how));
    if (failed == boost::json::error::too_deep) return too_large("the statement is nested too deeply");
    if (failed)
        return error{errc::internal, public_text{"the statement could not be examined"},
                     internal_text{"parse tree: " + failed.message()}};
    return out;
}

}  // namespace vanna::pg_target
