#include <algorithm>

#include "core/ask/pair_import.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {
namespace {

constexpr auto import_limit = std::chrono::minutes(1);
constexpr auto audit_limit = std::chrono::seconds(5);

boost::json::object view(ask::import_report const& r) {
    return {{"proposed", r.proposed}, {"approved", r.approved}, {"known", r.known}};
}

}  // namespace

awaitable<reply> export_examples(context& c, http::request& r) {
    constexpr std::string_view known[] = {"approved", "proposed", "rejected", "stale", "all"};
    auto const state = r.query("state").value_or("approved");
    if (std::ranges::find(known, state) == std::end(known))
        co_return error{errc::invalid_input, public_text{"the state is not known"}}.with_field(
            "state", "expected approved, proposed, rejected, stale or all");
    auto const found =
        co_await c.knowledge.examples(state == "all" ? std::string() : std::string(state), r.limit);
    if (!found) co_return found.error();
    note(c, entry_of(r, "examples.export", "knowledge/examples", "success", {{"state", state}}));
    co_return http::text_response(ask::write_pairs(*found), "application/yaml");
}

awaitable<reply> import_examples(context& c, http::request& r) {
    bool const approve = r.query("approve").value_or("") == "true";
    if (approve && who(r).role != auth::role::admin)
        co_return error{errc::forbidden,
                        public_text{"only an admin imports pairs as approved; without approve they are "
                                    "proposals"}};
    auto const s = c.settings.get();
    ask::pair_bounds const within{.most_question_chars = s->max_question_chars,
                                  .most_sql_bytes = s->max_sql_bytes};
    auto file = co_await offload(c.asking_pool, [text = std::move(r.body), within] {
        return result<ask::pair_file>(ask::read_pairs(text, within));
    });
    if (!file) co_return file.error();
    if (!file->problems.empty()) {
        error wrong{errc::invalid_input, public_text{"nothing was imported: the file is not as expected"}};
        wrong.fields = std::move(file->problems);
        co_return wrong;
    }
    ask::import_how how{.by = who(r).email, .approve = approve, .asked_by = who(r).user_id};
    if (s->query_timeout_ms != 0) how.statement_limit = std::chrono::milliseconds(s->query_timeout_ms);
    boost::json::object const told{{"pairs", file->pairs.size()}, {"approve", approve}};
    co_return co_await audited(
        c, r, "examples.import", "knowledge/examples", told, [&]() -> awaitable<reply> {
            std::vector<audit::entry> approvals;
            how.approved = [&](ask::example const& pair) {
                approvals.push_back(entry_of(r, "examples.approve",
                                             "knowledge/examples/" + to_string(pair.id), "success",
                                             {{"by", "import"}}));
                c.pair_approved(pair);
            };
            auto done = co_await ask::import_pairs(c.knowledge, c.target, std::move(file->pairs), how,
                                                   std::max(r.limit, after(import_limit)));
            c.knowledge_cache.forget();
            if (auto ok = co_await c.audit.append(approvals, after(audit_limit)); !ok)
                for (auto& one : approvals)
                    note(c, std::move(one));
            if (!done) co_return done.error();
            co_return json_reply(200, view(*done));
        });
}

}  // namespace vanna::api
