// The tables business_ontologies and knowledge_examples, whose statements are in example_rows.
#include "db/postgres/example_rows.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

#define TERM_COLUMNS "id, term_name, description, data_source, owner, synonyms"
// Each row version has its own xmin and ctid.
#define ROW_VERSIONS "count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0)"
constexpr statement fingerprint_now{"knowledge_fingerprint",
                                    "select (select " ROW_VERSIONS
                                    " from business_ontologies) || ',' || (select " ROW_VERSIONS
                                    " from knowledge_examples where state = 'approved')"};
constexpr statement all_terms{"all_terms",
                              "select " TERM_COLUMNS " from business_ontologies order by lower(term_name)"};
constexpr statement page_of_terms{
    "page_of_terms",
    "select " TERM_COLUMNS
    " from business_ontologies where $1::uuid is null or id < $1::uuid order by id desc limit "
    "$2::bigint"};
constexpr statement term_row{"term_by_id",
                             "select " TERM_COLUMNS " from business_ontologies where id = $1::uuid"};
constexpr statement add_term_row{
    "add_term",
    "insert into business_ontologies (id, term_name, description, data_source, owner, synonyms) values "
    "($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text[]) returning " TERM_COLUMNS};
constexpr statement update_term_row{
    "update_term",
    "update business_ontologies set term_name = $2::text, description = $3::text, data_source = $4::text, "
    "owner = $5::text, synonyms = $6::text[], updated_at = now() where id = $1::uuid "
    "returning " TERM_COLUMNS};
constexpr statement remove_term_row{"remove_term", "delete from business_ontologies where id = $1::uuid"};

ask::term read_term(row const& r) {
    return {.id = r.id(0),
            .name = r.string(1),
            .description = r.string(2),
            .data_source = r.string(3),
            .owner = r.string(4),
            .synonyms = r.list(5)};
}

params term_values(ask::term const& t) {
    params out(t.id.is_nil() ? new_id() : t.id, t.name, t.description, t.data_source, t.owner);
    out.add_list(t.synonyms);
    return out;
}

error not_found(char const* what) {
    return {errc::not_found, public_text{std::string("no such ") + what}};
}

error taken(error failure, char const* message) {
    if (failure.code == errc::conflict) failure.message = message;
    return failure;
}

constexpr char name_taken[] = "a term with this name exists already";

class knowledge final : public ask::knowledge_store {
  public:
    explicit knowledge(pool& on) : pool_(on) {}

    awaitable<result<std::string>> fingerprint(deadline limit) override {
        auto const found = co_await pool_.read(fingerprint_now, params{}, limit);
        if (!found) co_return found.error();
        co_return (*found)[0].string(0);
    }

    awaitable<result<std::vector<ask::term>>> terms(deadline limit) override {
        auto const found = co_await pool_.read(all_terms, params{}, limit);
        if (!found) co_return found.error();
        std::vector<ask::term> out;
        for (int i = 0; i < found->size(); ++i)
            out.push_back(read_term((*found)[i]));
        co_return out;
    }

    awaitable<result<page<ask::term>>> list_terms(page_request which, deadline limit) override {
        auto const found = co_await pool_.read(page_of_terms, params(which.before, which.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<ask::term>(*found, which.limit, read_term);
    }

    awaitable<result<ask::term>> term_by_id(uuid id, deadline limit) override {
        co_return one_term(co_await pool_.read(term_row, params(id), limit));
    }

    awaitable<result<ask::term>> add_term(ask::term made, deadline limit) override {
        co_return one_term(co_await pool_.write(add_term_row, term_values(made), limit));
    }

    awaitable<result<ask::term>> update_term(ask::term changed, deadline limit) override {
        co_return one_term(co_await pool_.write(update_term_row, term_values(changed), limit));
    }

    awaitable<result<void>> remove_term(uuid id, deadline limit) override {
        co_return gone(co_await pool_.write(remove_term_row, params(id), limit), "term");
    }

    awaitable<result<std::vector<ask::example>>> examples(std::string state, deadline limit) override {
        co_return all_of(co_await pool_.read(all_examples, params(state), limit));
    }

    awaitable<result<page<ask::example>>> list_examples(std::string state, page_request which,
                                                        deadline limit) override {
        auto const found =
            co_await pool_.read(page_of_examples, params(which.before, state, which.limit + 1), limit);
        if (!found) co_return found.error();
        co_return read_page<ask::example>(*found, which.limit, read_example);
    }

    awaitable<result<ask::example>> example_by_id(uuid id, deadline limit) override {
        co_return one_example(co_await pool_.read(example_row, params(id), limit));
    }

    awaitable<result<ask::example>> add_example(ask::example made, deadline limit) override {
        auto const same =
            co_await pool_.read(same_example, params(made.question, made.sql, made.state), limit);
        if (!same) co_return same.error();
        if (!same->empty()) {
            auto known = read_example((*same)[0]);
            if (known.state == "approved") co_return error{errc::conflict, public_text{question_taken}};
            co_return known;
        }
        co_return one_example(co_await pool_.write(add_example_row, new_example(made), limit));
    }

    awaitable<result<std::optional<ask::example>>> known_example(std::string question, std::string sql,
                                                                 deadline limit) override {
        auto const found = co_await pool_.read(known_example_row, params(question, sql), limit);
        if (!found) co_return found.error();
        if (found->empty()) co_return std::optional<ask::example>{};
        co_return std::optional(read_example((*found)[0]));
    }

    awaitable<result<ask::example>> decide_example(uuid id, bool approve, std::string by, ask::seen_pair seen,
                                                   deadline limit) override {
        params values(id, approve, by);
        values.add_list(seen.columns).add(seen.version);
        auto const decided = co_await pool_.write(decide_example_row, std::move(values), limit);
        if (!decided || !decided->empty()) co_return one_example(decided);
        auto const there = co_await example_by_id(id, limit);
        if (!there) co_return there;
        co_return error{errc::conflict, public_text{"the pair is " + there->state + " already"}};
    }

    awaitable<result<void>> remove_example(uuid id, deadline limit) override {
        co_return gone(co_await pool_.write(remove_example_row, params(id), limit), "pair");
    }

    awaitable<result<std::vector<ask::example>>> unchecked_examples(std::string version, std::size_t most,
                                                                    deadline limit) override {
        co_return all_of(co_await pool_.read(unchecked_example_rows, params(version, most), limit));
    }

    awaitable<result<bool>> save_check(ask::example checked, deadline limit) override {
        auto const saved = co_await pool_.write(save_check_row, checked_example(checked), limit);
        if (!saved) co_return taken(saved.error(), question_taken);
        co_return saved->affected() == 1;
    }

  private:
    static result<std::vector<ask::example>> all_of(result<rows> const& found) {
        if (!found) return found.error();
        std::vector<ask::example> out;
        for (int i = 0; i < found->size(); ++i)
            out.push_back(read_example((*found)[i]));
        return out;
    }
    static result<ask::term> one_term(result<rows> const& found) {
        if (!found) return taken(found.error(), name_taken);
        if (found->empty()) return not_found("term");
        return read_term((*found)[0]);
    }
    static result<ask::example> one_example(result<rows> const& found) {
        if (!found) return taken(found.error(), question_taken);
        if (found->empty()) return not_found("pair");
        return read_example((*found)[0]);
    }
    static result<void> gone(result<rows> const& outcome, char const* what) {
        if (!outcome) return outcome.error();
        if (outcome->affected() == 0) return not_found(what);
        return {};
    }

    pool& pool_;
};

}  // namespace

std::unique_ptr<ask::knowledge_store> create_knowledge_store(pool& on) {
    return std::make_unique<knowledge>(on);
}

}  // namespace vanna::postgres
