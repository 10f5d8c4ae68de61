#include "db/sqlite/authorizer.hpp"

#include "core/sql/guard.hpp"
#include "core/sql/lexer.hpp"
#include "db/sqlite/rows.hpp"

namespace vanna::sqlite {

void authorizer::learn(sqlite3* db) {
    for_each_row(db, "SELECT lower(name) FROM sqlite_schema WHERE type IN ('table', 'view')",
                 [&](sqlite3_stmt* row) { own_tables_.insert(column_text(row, 0)); });
    for_each_row(db, "SELECT lower(name) FROM pragma_module_list", [&](sqlite3_stmt* row) {
        if (auto name = column_text(row, 0);
            !own_tables_.contains(name) && !sql::is_allowed_eponymous_table(name))
            refused_tables_.insert(std::move(name));
    });
}

void authorizer::install(sqlite3* db) {
    sqlite3_set_authorizer(db, &authorizer::ask, this);
}

std::optional<error> authorizer::denial(std::string_view sql) const {
    if (!denied_) return {};
    auto out = sql::refusal(denied_->rule, denied_->message, sql, denied_->mention);
    if (!out.position && !denied_->inside.empty())
        out.position = sql::refusal({}, {}, sql, denied_->inside).position;
    if (out.position || !denied_->mention.empty()) return out;
    // A virtual table that connects at its first use looks like a write; it is told by its name.
    sql::lexer words(sql);
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next())
        if (auto name = sql::lower_ascii(sql::unquoted(t)); is_refused_table(name))
            return sql::refusal("table:" + name, "the table " + name + " is not allowed", sql, name);
    out.position = 0;
    return out;
}

int authorizer::ask(void* self, int action, char const* first, char const* second, char const*,
                    char const* inside) {
    auto const text = [](char const* t) { return t ? std::string_view(t) : std::string_view(); };
    auto& own = *static_cast<authorizer*>(self);
    int const verdict = own.decide(action, text(first), text(second), second != nullptr);
    if (own.denied_ && inside && own.denied_->inside.empty()) own.denied_->inside = sql::lower_ascii(inside);
    return verdict;
}

int authorizer::deny(std::string rule, std::string message, std::string mention) {
    if (!denied_) denied_ = denied{std::move(rule), std::move(message), std::move(mention), {}};
    return SQLITE_DENY;
}

int authorizer::decide(int action, std::string_view first, std::string_view second, bool has_second) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
            return SQLITE_OK;
        case SQLITE_READ:
            return decide_table(sql::lower_ascii(first));
        case SQLITE_FUNCTION:
            return decide_function(sql::lower_ascii(second));
        case SQLITE_PRAGMA: {
            auto const name = sql::lower_ascii(first);
            if (sql::is_allowed_pragma(name, has_second)) return SQLITE_OK;
            return deny("pragma", "PRAGMA " + name + (has_second ? " with a value" : "") + " is not allowed",
                        name);
        }
        case SQLITE_ATTACH:
        case SQLITE_DETACH:
            return deny("attach", "other database files cannot be attached",
                        action == SQLITE_ATTACH ? "attach" : "detach");
        case SQLITE_TRANSACTION:
        case SQLITE_SAVEPOINT:
            return deny("transaction",
                        "transactions are not needed: every statement is a read of one fixed version",
                        sql::lower_ascii(first));
        default:
            return deny("read-only", "this database is read-only", {});
    }
}

int authorizer::decide_function(std::string const& name) {
    if (!sql::is_allowed_function(name))
        return deny("function:" + name, "the function " + name + "() is not allowed", name);
    random_ = random_ || name == "random" || name == "randomblob";
    return SQLITE_OK;
}

bool authorizer::is_refused_table(std::string const& name) const {
    return refused_tables_.contains(name) ||
           (name.starts_with("pragma_") && !sql::is_allowed_eponymous_table(name) &&
            !own_tables_.contains(name));
}

int authorizer::decide_table(std::string const& name) {
    if (is_refused_table(name)) return deny("table:" + name, "the table " + name + " is not allowed", name);
    return SQLITE_OK;
}

}  // namespace vanna::sqlite
