#include "db/postgres/target/guard.hpp"

#include "core/sql/utf8.hpp"
#include "db/postgres/target/examination.hpp"
#include "db/postgres/target/syntax.hpp"
#include "db/postgres/target/tree.hpp"

namespace vanna::pg_target {
namespace {

namespace json = boost::json;

struct verb {
    std::string_view node, rule, message;
};
// Statements that are known for what they are; all others are refused as not being reads.
constexpr verb refused_statements[] = {
    {"TransactionStmt", "transaction", "transactions are not needed: every statement is a read by itself"},
    {"ExplainStmt", "explain", "EXPLAIN is not allowed: it can run what it explains"},
    {"CopyStmt", "copy", "COPY is not allowed: it reads and writes files and runs programs"},
    {"VariableSetStmt", "setting", "settings cannot be changed"},
    {"VariableShowStmt", "setting", "settings cannot be read"},
    {"LockStmt", "locking", "locks cannot be taken"},
    {"DoStmt", "code", "code cannot be run"},
    {"CallStmt", "code", "procedures cannot be called"},
};

// Where a statement's first word is: the tree counts blanks and comments before it in.
std::int64_t first_word(std::string_view sql, std::int64_t from) {
    auto at = std::size_t(from);
    for (;;) {
        at = std::min(sql.find_first_not_of(" \t\r\n\f\v;", at), sql.size());
        if (sql.substr(at, 2) == "--")
            at = std::min(sql.find('\n', at), sql.size());
        else if (sql.substr(at, 2) == "/*")
            at = std::min(sql.find("*/", at), sql.size() - 2) + 2;
        else
            return std::int64_t(at);
    }
}

}  // namespace

result<void> check_size(std::string_view sql, std::size_t max_bytes) {
    if (sql.size() <= max_bytes) return {};
    return error{errc::query_too_large,
                 public_text{"the statement has " + std::to_string(sql.size()) + " bytes; at most " +
                             std::to_string(max_bytes) + " are allowed"}};
}

result<checked_statement> check_statement(std::string_view sql, std::size_t max_bytes,
                                          own_names const& known) {
    if (auto ok = check_size(sql, max_bytes); !ok) return ok.error();
    auto const tree = parse_statement(sql);
    if (!tree) return tree.error();
    auto const& all = tree->root.at("stmts").as_array();
    if (all.empty()) return error{errc::query_invalid, public_text{"the statement is empty"}};
    auto const begin_of = [&](json::value const& raw) {
        return number_of(raw.as_object(), "stmt_location", 0);
    };
    if (all.size() > 1)
        return refusal(sql, "single-statement", "only one statement is allowed; a second one starts here",
                       first_word(sql, begin_of(all[1])));
    auto const& only = all[0].as_object();
    auto const& statement = only.at("stmt").as_object();
    auto const begin = std::size_t(begin_of(all[0]));
    auto const kind = statement.begin()->key();
    for (auto const& v : refused_statements)
        if (kind == v.node)
            return refusal(sql, std::string(v.rule), std::string(v.message), first_word(sql, begin));
    if (kind != "SelectStmt")
        return refusal(sql, "read-only", std::string(only_reads), first_word(sql, begin));
    examination guard(sql, known);
    if (auto ok = guard.run(only.at("stmt")); !ok) return ok.error();
    if (guard.parameters() > most_parameters)
        return error{errc::query_invalid,
                     public_text{"the statement has a parameter $" + std::to_string(guard.parameters()) +
                                 "; at most $" + std::to_string(most_parameters) + " is allowed"}};
    auto const length = std::size_t(number_of(only, "stmt_len", 0));
    return checked_statement{std::string(sql.substr(begin, length == 0 ? sql.npos : length)),
                             sql::characters_before(sql, begin), guard.parameters()};
}

}  // namespace vanna::pg_target
