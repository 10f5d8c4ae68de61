// The guard's walk through a statement's parse tree: each node is judged against the lists and against what
// is known of the database.
#pragma once
#include <boost/json.hpp>
#include <optional>

#include "db/postgres/target/qualifiers.hpp"

namespace vanna::pg_target {

inline constexpr std::string_view only_reads =
    "this database is read-only: only SELECT, VALUES and TABLE run";

// `location`: in bytes of `sql`; negative where nobody knows.
error refusal(std::string_view sql, std::string rule, std::string message, std::int64_t location);

// Of one statement; `sql`, the tree and `known` outlive it.
class examination {
  public:
    examination(std::string_view sql, own_names const& known) : sql_(sql), known_(known) {}

    // Each node of the statement; no recursion, so its depth does not matter. query_refused.
    result<void> run(boost::json::value const& statement);
    std::size_t parameters() const { return std::size_t(parameters_); }  // the highest $number

  private:
    using names = std::vector<std::string_view>;
    struct place {
        boost::json::value const* what;
        std::string_view member;  // through which it was reached
        std::int64_t near;        // the location of what holds it
    };
    result<void> look(place at);
    result<void> enter(std::string_view kind, boost::json::object const& node, std::int64_t near);
    result<void> judge(std::string_view kind, boost::json::object const& node, std::int64_t where);
    result<void> judge_type(names const& name, std::int64_t where) const;
    result<void> judge_call(names const& name, std::int64_t where) const;
    result<void> judge_table(boost::json::object const& node, std::int64_t where) const;
    result<void> judge_column(boost::json::object const& node, std::int64_t where);
    result<void> judge_fields(names const& fields, std::int64_t where) const;
    result<void> judge_operator(names const& name, std::int64_t where) const;
    bool may_do_more(std::string_view name) const;
    error refused_field(std::string_view name, std::int64_t where) const;
    error refused(std::string rule, std::string message, std::int64_t location) const {
        return refusal(sql_, std::move(rule), std::move(message), location);
    }

    std::string_view sql_;
    own_names const& known_;
    boost::json::value const* statement_ = nullptr;
    std::optional<qualifiers> qualifiers_;  // once something asks
    std::vector<place> waiting_;
    std::int64_t parameters_ = 0;
};

}  // namespace vanna::pg_target
