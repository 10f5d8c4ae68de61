#include "db/postgres/target/guard.hpp"

#include <vector>

#include "core/sql/utf8.hpp"
#include "db/postgres/target/syntax.hpp"

namespace vanna::pg_target {
namespace {

namespace json = boost::json;

constexpr std::string_view read_only = "this database is read-only: only SELECT, VALUES and TABLE run";

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

// Members that hold a node of a kind of their own, which the tree does not name again.
struct member_kind {
    std::string_view member, node;
};
constexpr member_kind bare_members[] = {
    {"larg", "SelectStmt"},
    {"rarg", "SelectStmt"},
    {"withClause", "WithClause"},
    {"alias", "Alias"},
    {"join_using_alias", "Alias"},
    {"typeName", "TypeName"},
    {"over", "WindowDef"},
    {"search_clause", "CTESearchClause"},
    {"cycle_clause", "CTECycleClause"},
    {"intoClause", "IntoClause"},
    {"ival", "Integer"},
    {"fval", "Float"},
    {"sval", "String"},
    {"bsval", "BitString"},
    {"boolval", "Boolean"},
    {"collClause", "CollateClause"},
};

json::value const* member(json::object const& of, std::string_view name) {
    return of.if_contains(name);
}

std::string_view text_of(json::object const& of, std::string_view name) {
    auto const* found = member(of, name);
    auto const* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::int64_t number_of(json::object const& of, std::string_view name, std::int64_t otherwise) {
    auto const* found = member(of, name);
    auto const* number = found ? found->if_int64() : nullptr;
    return number ? *number : otherwise;
}

// The texts of a list of String nodes; what else is in it ("*") is left out.
std::vector<std::string_view> names_of(json::object const& of, std::string_view name) {
    std::vector<std::string_view> out;
    auto const* found = member(of, name);
    auto const* list = found ? found->if_array() : nullptr;
    if (!list) return out;
    for (auto const& item : *list)
        if (auto const* node = item.if_object())
            if (auto const* string = member(*node, "String"); string && string->is_object())
                out.push_back(text_of(string->get_object(), "sval"));
    return out;
}

// Operators that the grammar puts in by their bare names.
std::vector<std::string_view> implied_operators(std::string_view kind, json::object const& node) {
    if (kind == "A_Expr") {
        auto const form = text_of(node, "kind");
        if (form.starts_with("AEXPR_BETWEEN")) return {">=", "<="};
        if (form.starts_with("AEXPR_NOT_BETWEEN")) return {"<", ">"};
        return {};
    }
    bool const compares =
        (kind == "CaseExpr" && member(node, "arg")) ||
        (kind == "JoinExpr" && (member(node, "usingClause") || member(node, "isNatural"))) ||
        (kind == "SubLink" && text_of(node, "subLinkType") == "ANY_SUBLINK" && !member(node, "operName"));
    if (compares) return {"="};
    return {};
}

class examination {
  public:
    examination(std::string_view sql, own_names const& known) : sql_(sql), known_(known) {}

    // Each node of the statement; no recursion, so its depth does not matter.
    result<void> run(json::value const& statement) {
        waiting_.push_back({&statement, {}, 0});
        while (!waiting_.empty()) {
            auto const at = waiting_.back();
            waiting_.pop_back();
            if (auto ok = look(at); !ok) return ok;
        }
        return {};
    }
    std::size_t parameters() const { return std::size_t(parameters_); }
    error refused(std::string rule, std::string message, std::int64_t location) const {
        error e{errc::query_refused, public_text{std::move(message)}};
        e.rule = std::move(rule);
        if (location >= 0) e.position = sql::characters_before(sql_, std::size_t(location));
        return e;
    }

  private:
    struct place {
        json::value const* what;
        std::string_view member;  // through which it was reached
        std::int64_t near;        // the location of what holds it
    };

    result<void> look(place at) {
        if (auto const* list = at.what->if_array()) {
            for (auto item = list->rbegin(); item != list->rend(); ++item)
                waiting_.push_back({&*item, at.member, at.near});
            return {};
        }
        auto const* node = at.what->if_object();
        if (!node || node->empty()) return {};
        auto const first = node->begin();
        bool const is_named = node->size() == 1 && first->key()[0] >= 'A' && first->key()[0] <= 'Z';
        if (is_named && first->value().is_object())
            return enter(first->key(), first->value().get_object(), at.near);
        for (auto const& [name, kind] : bare_members)
            if (name == at.member) return enter(kind, *node, at.near);
        return refused("syntax", "this form of statement is not understood, so it is not allowed", at.near);
    }

    result<void> enter(std::string_view kind, json::object const& node, std::int64_t near) {
        auto const here = number_of(node, "location", near);
        auto const where = here >= 0 ? here : near;
        if (auto ok = judge(kind, node, where); !ok) return ok;
        if (kind == "ParamRef") parameters_ = std::max(parameters_, number_of(node, "number", 0));
        for (auto item = node.end(); item != node.begin();) {
            --item;
            if (item->value().is_structured()) waiting_.push_back({&item->value(), item->key(), where});
        }
        return {};
    }

    result<void> judge(std::string_view kind, json::object const& node, std::int64_t where) const {
        if (kind == "IntoClause") return refused("read-only", std::string(read_only), where);
        if (kind == "LockingClause")
            return refused("locking", "rows cannot be locked: remove FOR UPDATE or FOR SHARE", where);
        if (kind.ends_with("Stmt") && kind != "SelectStmt")
            return refused("read-only", std::string(read_only), where);
        if (!is_allowed_node(kind)) return refused("syntax", std::string(kind) + " is not allowed", where);
        if (kind == "FuncCall") return judge_call(names_of(node, "funcname"), where);
        if (kind == "RangeVar") return judge_table(node, where);
        if (kind == "ColumnRef") return judge_column(names_of(node, "fields"), where);
        if (kind == "A_Indirection") return judge_fields(names_of(node, "indirection"), where);
        if (kind == "TypeName") return judge_type(names_of(node, "names"), where);
        for (auto list : {"name", "operName", "useOp"})
            if (kind == "A_Expr" || kind == "SubLink" || kind == "SortBy")
                if (auto ok = judge_operator(names_of(node, list), where); !ok) return ok;
        for (auto const name : implied_operators(kind, node))
            if (auto ok = judge_operator({name}, where); !ok) return ok;
        return {};
    }

    // Such a cast runs what the database's owner wrote, or looks up what the role cannot read.
    result<void> judge_type(std::vector<std::string_view> const& name, std::int64_t where) const {
        if (name.empty() || !known_.types.contains(name.back())) return {};
        std::string const called(name.back());
        return refused("type:" + called, "casts to the type " + called + " are not allowed in this database",
                       where);
    }

    result<void> judge_call(std::vector<std::string_view> const& name, std::int64_t where) const {
        if (name.empty()) return refused("syntax", "a function without a name is not allowed", where);
        std::string const called(name.back());
        bool const is_catalogs = name.size() == 2 && name.front() == "pg_catalog";
        if ((name.size() == 1 || is_catalogs) && is_allowed_function(called)) {
            if (is_catalogs || !known_.functions.contains(called)) return {};
            return refused("function:" + called,
                           "this database has a function " + called +
                               "() of its own, which is not allowed; write pg_catalog." + called +
                               "() for PostgreSQL's",
                           where);
        }
        return refused("function:" + called, "the function " + called + "() is not allowed", where);
    }

    // The server's own tables tell of other people's sessions and statements; so do extensions' of that name.
    // Some views of the information schema tell passwords.
    result<void> judge_table(json::object const& node, std::int64_t where) const {
        auto const schema = text_of(node, "schemaname"), name = text_of(node, "relname");
        bool const is_servers = schema.starts_with("pg_") || name.starts_with("pg_");
        if (!is_servers && (schema != "information_schema" || is_allowed_view(name))) return {};
        return refused("table:" + std::string(name), "the table " + std::string(name) + " is not allowed",
                       where);
    }

    result<void> judge_column(std::vector<std::string_view> fields, std::int64_t where) const {
        if (!fields.empty()) fields.erase(fields.begin());
        return judge_fields(fields, where);
    }
    result<void> judge_fields(std::vector<std::string_view> const& fields, std::int64_t where) const {
        for (auto const field : fields)
            if (known_.of_rows.contains(field))
                return refused(
                    "function:" + std::string(field),
                    "." + std::string(field) + " calls a function of this database, which is not allowed",
                    where);
        return {};
    }

    result<void> judge_operator(std::vector<std::string_view> const& name, std::int64_t where) const {
        if (name.empty()) return {};
        std::string const called(name.back());
        bool const is_catalogs = name.size() == 2 && name.front() == "pg_catalog";
        if (is_catalogs || (name.size() == 1 && !known_.operators.contains(called))) return {};
        return refused(
            "operator:" + called,
            "the operator " + called +
                " is one of this database's own, which is not allowed; write OPERATOR(pg_catalog." + called +
                ") for PostgreSQL's",
            where);
    }

    std::string_view sql_;
    own_names const& known_;
    std::vector<place> waiting_;
    std::int64_t parameters_ = 0;
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
    examination guard(sql, known);
    auto const begin_of = [&](json::value const& raw) {
        return number_of(raw.as_object(), "stmt_location", 0);
    };
    if (all.size() > 1)
        return guard.refused("single-statement", "only one statement is allowed; a second one starts here",
                             first_word(sql, begin_of(all[1])));
    auto const& only = all[0].as_object();
    auto const& statement = only.at("stmt").as_object();
    auto const begin = std::size_t(begin_of(all[0]));
    auto const kind = statement.begin()->key();
    for (auto const& v : refused_statements)
        if (kind == v.node)
            return guard.refused(std::string(v.rule), std::string(v.message), first_word(sql, begin));
    if (kind != "SelectStmt")
        return guard.refused("read-only", std::string(read_only), first_word(sql, begin));
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
