// What the asking pipeline calls: a retriever of knowledge, and generators of SQL behind one interface
// (verified pairs, a model, the built-in one). Implemented in core/ask (built-in, pairs) and db/chroma
// (retrieval).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/async/awaitable.hpp"
#include "core/page.hpp"
#include "core/sql/schema.hpp"

namespace vanna::sql {
class stop_flag;
}

namespace vanna::ask {

struct term {  // a business term of the ontology
    uuid id;
    std::string name, description, data_source, owner;
    std::vector<std::string> synonyms;
    bool operator==(term const&) const = default;
};

struct example {  // a verified pair, or a proposal for one
    uuid id;
    std::string question, sql, state;  // state: proposed, approved, rejected, stale
    std::string proposed_by, approved_by;
    std::optional<instant> approved_at;
    instant created_at{};
    // What the statement answers with, and the version of the target for which that was last seen; empty: not
    // yet.
    std::vector<std::string> columns = {};
    std::string checked_version = {};
    std::optional<instant> checked_at = {};
    std::string problem = {};  // why it is stale
    bool operator==(example const&) const = default;
};

struct seen_pair {  // what a statement answered with, and which version of the target that was
    std::vector<std::string> columns;
    std::string version;
};

enum class document_kind { ddl, documentation, term, example, values };
std::string_view to_string(document_kind kind);

struct document {
    std::string id;  // content hash
    document_kind kind;
    std::string text;
    std::string subject;    // table, term or question it stands for
    std::string reference;  // id of the term or pair it was made from; empty for DDL
};

struct generated;

struct hit {
    document found;
    double similarity = 0;  // cosine, -1 to 1
};

class retriever {
  public:
    virtual ~retriever() = default;
    // The nearest documents of each kind, best first. unavailable: ask goes on from the schema alone and says
    // so.
    virtual awaitable<result<std::vector<hit>>> retrieve(std::string question, std::size_t per_kind,
                                                         deadline limit) = 0;
};

// A question asked before in the same conversation, and what it was answered with.
struct turn {
    std::string question, sql;
    std::vector<std::string> columns;
};

// Told of what goes on while a question is answered, so that its asker can follow. A generator or the
// pipeline waits until it has been told: who reads slowly slows the work, not fills the memory.
class observer {
  public:
    virtual ~observer() = default;
    virtual awaitable<void> said(std::string_view generator, std::string text) = 0;  // by a model, in pieces
    virtual awaitable<void> checking(generated const& what) = 0;
};

struct context {
    std::string question;
    std::vector<turn> earlier;  // of the same conversation, oldest first, at most 6
    std::shared_ptr<sql::schema const> schema;
    std::shared_ptr<std::vector<term> const> terms;
    std::shared_ptr<std::vector<example> const> examples;  // approved only
    std::vector<hit> hits;                                 // empty when retrieval is down
    std::vector<std::string> notes;                        // what the answer should say of that
    std::chrono::year_month_day today;                     // in TARGET_TIMEZONE
    std::string dialect;                                   // "sqlite"
    std::shared_ptr<sql::stop_flag> stop;                  // raised when nobody waits any more; may be null
    uuid asked_by;                                         // nil: the process itself
    std::shared_ptr<ask::observer> observer;               // null: nobody follows
    deadline asked_at = after({});                         // what a model may take counts from here
};

struct source {  // one thing the answer rests on
    std::string kind, name, reference;
    double score = 0;
};

struct generated {
    std::string sql;  // empty: declined
    std::string generator;
    double confidence = 0;  // 0 to 1
    std::vector<source> sources;
    std::vector<std::string> links;     // "customers -> table customers"
    std::vector<std::string> unlinked;  // words of the question that matched nothing
    std::string clarification;          // a question back, when declined
    std::optional<uuid> conversation;   // it was asked in; whoever asks says so
    std::vector<std::string> notes;
};

class generator {
  public:
    virtual ~generator() = default;
    virtual std::string_view name() const = 0;
    // A declined answer is a value (sql empty), not an error; cancelled, deadline_exceeded and overloaded
    // (this server has no room for the work) end the asking, after any other error the next one is asked.
    // `previous_error`: the repair round, with the failed SQL.
    virtual awaitable<result<generated>> generate(context const& what, deadline limit) = 0;
    virtual awaitable<result<generated>> repair(context const& what, std::string failed_sql,
                                                std::string previous_error, deadline limit) = 0;
};

// The tables behind: ontology terms and verified pairs (db/postgres).
class knowledge_store {
  public:
    virtual ~knowledge_store() = default;
    // Differs after any change of a term or of an approved pair; cheaper than reading them.
    virtual awaitable<result<std::string>> fingerprint(deadline limit) = 0;
    virtual awaitable<result<std::vector<term>>> terms(deadline limit) = 0;
    virtual awaitable<result<page<term>>> list_terms(page_request which, deadline limit) = 0;
    virtual awaitable<result<term>> term_by_id(uuid id, deadline limit) = 0;        // not_found
    virtual awaitable<result<term>> add_term(term made, deadline limit) = 0;        // conflict: name taken
    virtual awaitable<result<term>> update_term(term changed, deadline limit) = 0;  // not_found, conflict
    virtual awaitable<result<void>> remove_term(uuid id, deadline limit) = 0;       // not_found
    virtual awaitable<result<std::vector<example>>> examples(std::string state,
                                                             deadline limit) = 0;  // empty state: all
    virtual awaitable<result<page<example>>> list_examples(std::string state, page_request which,
                                                           deadline limit) = 0;     // the same, by pages
    virtual awaitable<result<example>> example_by_id(uuid id, deadline limit) = 0;  // not_found
    virtual awaitable<result<example>> add_example(example made,
                                                   deadline limit) = 0;  // conflict: same question, approved
    // What is there of this question already: the approved pair, else the proposal, else the rejected pair
    // with the same statement.
    virtual awaitable<result<std::optional<example>>> known_example(std::string question, std::string sql,
                                                                    deadline limit) = 0;
    // `seen` of an approval: the columns and version that its check found. not_found, conflict.
    virtual awaitable<result<example>> decide_example(uuid id, bool approve, std::string by, seen_pair seen,
                                                      deadline limit) = 0;
    virtual awaitable<result<void>> remove_example(uuid id, deadline limit) = 0;  // not_found
    // Approved and stale pairs that were not seen with this version of the target, the newest first.
    virtual awaitable<result<std::vector<example>>> unchecked_examples(std::string version, std::size_t most,
                                                                       deadline limit) = 0;
    // Writes what a check found: state (approved or stale), columns, problem, checked_version. False: the
    // pair is gone, or was decided upon meanwhile. conflict: another approved pair answers its question.
    virtual awaitable<result<bool>> save_check(example checked, deadline limit) = 0;
};

}  // namespace vanna::ask
