#include "db/postgres/target/examination.hpp"

#include "core/sql/utf8.hpp"
#include "db/postgres/target/tree.hpp"

namespace vanna::pg_target {
namespace {

namespace json = boost::json;

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

// Operators that the grammar puts in by their bare names.
std::vector<std::string_view> implied_operators(std::string_view kind, json::object const& node) {
    if (kind == "A_Expr") {
        auto const form = text_of(node, "kind");
        if (form.starts_with("AEXPR_BETWEEN")) return {">=", "<="};
        if (form.starts_with("AEXPR_NOT_BETWEEN")) return {"<", ">"};
        return {};
    }
    bool const compares =
        (kind == "CaseExpr" && node.contains("arg")) ||
        (kind == "JoinExpr" && (node.contains("usingClause") || node.contains("isNatural"))) ||
        (kind == "SubLink" && text_of(node, "subLinkType") == "ANY_SUBLINK" && !node.contains("operName"));
    if (compares) return {"="};
    return {};
}

}  // namespace

error refusal(std::string_view sql, std::string rule, std::string message, std::int64_t location) {
    error e{errc::query_refused, public_text{std::move(message)}};
    e.rule = std::move(rule);
    if (location >= 0) e.position = sql::characters_before(sql, std::size_t(location));
    return e;
}

result<void> examination::run(json::value const& statement) {
    statement_ = &statement;
    waiting_.push_back({&statement, {}, 0});
    while (!waiting_.empty()) {
        auto const at = waiting_.back();
        waiting_.pop_back();
        if (auto ok = look(at); !ok) return ok;
    }
    return {};
}

result<void> examination::look(place at) {
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

result<void> examination::enter(std::string_view kind, json::object const& node, std::int64_t near) {
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

result<void> examination::judge(std::string_view kind, json::object const& node, std::int64_t where) {
    if (kind == "IntoClause") return refused("read-only", std::string(only_reads), where);
    if (kind == "LockingClause")
        return refused("locking", "rows cannot be locked: remove FOR UPDATE or FOR SHARE", where);
    if (kind.ends_with("Stmt") && kind != "SelectStmt")
        return refused("read-only", std::string(only_reads), where);
    if (!is_allowed_node(kind)) return refused("syntax", std::string(kind) + " is not allowed", where);
    if (kind == "FuncCall") return judge_call(names_of(node, "funcname"), where);
    if (kind == "RangeVar") return judge_table(node, where);
    if (kind == "ColumnRef") return judge_column(node, where);
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
result<void> examination::judge_type(names const& name, std::int64_t where) const {
    if (name.empty() || !known_.types.contains(name.back())) return {};
    std::string const called(name.back());
    return refused("type:" + called, "casts to the type " + called + " are not allowed in this database",
                   where);
}

result<void> examination::judge_call(names const& name, std::int64_t where) const {
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
result<void> examination::judge_table(json::object const& node, std::int64_t where) const {
    auto const schema = text_of(node, "schemaname"), name = text_of(node, "relname");
    bool const is_servers = schema.starts_with("pg_") || name.starts_with("pg_");
    if (!is_servers && (schema != "information_schema" || is_allowed_view(name))) return {};
    return refused("table:" + std::string(name), "the table " + std::string(name) + " is not allowed", where);
}

result<void> examination::judge_column(json::object const& node, std::int64_t where) {
    auto const fields = names_of(node, "fields");
    bool const has_star = fields.size() < nodes_of(node, "fields").size();
    if (fields.size() < 2 || has_star || !may_do_more(fields.back())) return {};
    if (!qualifiers_) qualifiers_.emplace(*statement_, known_);
    if (qualifiers_->have_column(fields[fields.size() - 2], fields.back())) return {};
    return refused_field(fields.back(), where);
}

// x.name calls a function of that name, or casts to a type of it.
bool examination::may_do_more(std::string_view name) const {
    return known_.of_values.contains(name) || known_.types.contains(name);
}

// Of any value: even one with such a field may be a table's row, whose columns the statement calls otherwise.
result<void> examination::judge_fields(names const& fields, std::int64_t where) const {
    for (auto const field : fields)
        if (may_do_more(field)) return refused_field(field, where);
    return {};
}

error examination::refused_field(std::string_view name, std::int64_t where) const {
    std::string const called(name);
    return refused("function:" + called,
                   "." + called + " may call the function " + called +
                       "(), or cast to the type, which is not allowed; for a column write the name of a "
                       "table or sub-query that "
                       "has it before the dot",
                   where);
}

result<void> examination::judge_operator(names const& name, std::int64_t where) const {
    if (name.empty()) return {};
    std::string const called(name.back());
    bool const is_catalogs = name.size() == 2 && name.front() == "pg_catalog";
    if (is_catalogs || (name.size() == 1 && !known_.operators.contains(called))) return {};
    return refused("operator:" + called,
                   "the operator " + called +
                       " is one of this database's own, which is not allowed; write OPERATOR(pg_catalog." +
                       called + ") for PostgreSQL's",
                   where);
}

}  // namespace vanna::pg_target
