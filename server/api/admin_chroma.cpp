#include <algorithm>

#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {
namespace {

constexpr std::string_view kinds[] = {"", "ddl", "documentation", "term", "example", "values"};

std::string status_url(jobs::job const& job) {
    return "/api/v1/admin/db/chroma/status/" + to_string(job.id);
}

using start = awaitable<result<jobs::job>> (admin::knowledge_bases::*)(std::string);

awaitable<reply> start_job(context& c, http::request& r, std::string action, start job) {
    co_return co_await audited(c, r, std::move(action), "knowledge", nullptr, [&]() -> awaitable<reply> {
        auto const begun = co_await (c.knowledge_bases.*job)(who(r).email);
        if (!begun) co_return begun.error();
        co_return accepted(*begun, status_url(*begun));
    });
}

result<admin::document_request> read_documents(context& c, http::request const& r) {
    error wrong{errc::invalid_input, public_text{"the request is not valid: see errors"}};
    admin::document_request out;
    out.kind = r.query("kind").value_or("");
    out.near = r.query("q").value_or("");
    out.cursor = r.query("cursor").value_or("");
    if (auto const limit = limit_of(r))
        out.limit = *limit;
    else
        wrong.fields = limit.error().fields;
    if (std::ranges::find(kinds, out.kind) == std::end(kinds))
        wrong.fields.push_back({"kind", "expected ddl, documentation, term, example or values"});
    auto const length = characters(out.near);
    auto const most = c.settings.get()->max_question_chars;
    if (!length || *length > most)
        wrong.fields.push_back({"q", "expected at most " + std::to_string(most) + " characters"});
    if (!out.near.empty() && !out.cursor.empty())
        wrong.fields.push_back({"cursor", "the nearest documents come in one page"});
    if (!wrong.fields.empty()) return wrong;
    return out;
}

}  // namespace

awaitable<reply> train_knowledge(context& c, http::request& r) {
    co_return co_await start_job(c, r, "knowledge.train", &admin::knowledge_bases::train);
}

awaitable<reply> clear_knowledge(context& c, http::request& r) {
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await start_job(c, r, "knowledge.clear", &admin::knowledge_bases::clear);
}

awaitable<reply> evaluate_knowledge(context& c, http::request& r) {
    co_return co_await start_job(c, r, "knowledge.evaluate", &admin::knowledge_bases::evaluate);
}

awaitable<reply> get_knowledge_status(context& c, http::request& r) {
    note(c, entry_of(r, "knowledge.status", "knowledge", "success"));
    auto const status = co_await c.knowledge_bases.status(r.limit);
    if (!status) co_return status.error();
    co_return json_reply(200, *status);
}

awaitable<reply> list_documents(context& c, http::request& r) {
    auto which = read_documents(c, r);
    if (!which) co_return which.error();
    note(c, entry_of(r, "knowledge.read", "knowledge", "success"));
    auto const found = co_await c.knowledge_bases.documents(std::move(*which), r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, *found);
}

}  // namespace vanna::api
