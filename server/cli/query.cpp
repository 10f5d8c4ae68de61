#include <sysexits.h>

#include <charconv>
#include <cstdio>

#include "core/ask/asking.hpp"
#include "core/ask/configured_embedder.hpp"
#include "core/ask/model/generator.hpp"
#include "core/ask/pipeline.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "server/api/result_view.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

constexpr auto asking_limit = std::chrono::seconds(30);

result<std::optional<std::uint64_t>> row_limit(command_line const& line) {
    auto const text = line.get("limit");
    if (text.empty()) return std::optional<std::uint64_t>{};
    std::uint64_t n = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc{} || end != text.data() + text.size() || n == 0)
        return error{errc::invalid_input,
                     public_text{"--limit " + text + ": expected a whole number above 0"}};
    return std::optional(n);
}

std::string csv(boost::json::value const& v) {
    auto text = cell(v);
    if (text.find_first_of("\",\r\n") == text.npos) return text;
    std::string out = "\"";
    for (char c : text)
        (out += c) += c == '"' ? "\"" : "";
    return out + "\"";
}

// `shown` is the answer as the API gives it.
void show_rows(command_line const& line, http::response const& shown, query::answer const& a) {
    if (line.has("json")) return print(shown.body + "\n");
    auto const parsed = boost::json::parse(shown.body);
    std::vector<std::string> header;
    for (auto const& c : parsed.at("columns").as_array())
        header.emplace_back(c.at("name").as_string());
    std::vector<std::vector<std::string>> rows;
    for (auto const& r : parsed.at("rows").as_array()) {
        auto& out = rows.emplace_back();
        for (auto const& v : r.as_array())
            out.push_back(line.has("csv") ? csv(v) : cell(v));
    }
    if (line.has("csv")) {
        for (auto& h : header)
            h = csv(boost::json::string(h));
        rows.insert(rows.begin(), header);
        std::string out;
        for (auto const& r : rows)
            for (std::size_t i = 0; i < r.size(); ++i)
                out += r[i] + (i + 1 < r.size() ? "," : "\r\n");
        return print(out);
    }
    print(table(header, rows));
    std::fprintf(stderr, "%llu row%s%s, %.1f ms\n", static_cast<unsigned long long>(a.body->rows),
                 a.body->rows == 1 ? "" : "s",
                 a.body->truncated ? " (there are more: --limit, QUERY_MAX_ROWS)" : "",
                 double(a.duration.count()) / 1000);
}

awaitable<int> run_sql(engine& e, command_line const& line) {
    auto const limit = row_limit(line);
    if (!limit) co_return fail(limit.error()), EX_USAGE;
    target_session session(e);
    auto opened = co_await session.open();
    result<query::answer> done =
        opened ? co_await session.queries().run(session.asker(),
                                                {.what = {.text = line.words.at(0)}, .limit = *limit})
               : result<query::answer>(opened.error());
    co_await session.close();
    if (!done) co_return fail(done.error());
    show_rows(line, api::result_reply(*done, line.words.at(0)), *done);
    co_return 0;
}

void explain(ask::generated const& how) {
    std::fprintf(stderr, "%s (%s, confidence %.2f)\n", how.sql.c_str(), how.generator.c_str(),
                 how.confidence);
    for (auto const& n : how.notes)
        std::fprintf(stderr, "note: %s\n", n.c_str());
}

ask::pipeline make_pipeline(engine& e, replica::knowledge_state state) {
    auto base = std::make_shared<chroma::knowledge_base>(std::make_shared<chroma::client>(chroma_of(e)),
                                                         ask::create_embedder(e.settings(), e.executor()),
                                                         [state = std::move(state)] { return state; });
    return ask::pipeline(base, app::generators_for(e.shared(), e.executor()), *e.shared().target);
}

// What came of a question: how it was understood and, if that was wanted and possible, its rows.
struct finding {
    ask::generated how;
    std::optional<query::answer> rows;
};

// The statement is run and, should that fail, corrected once, as the API does.
awaitable<result<finding>> run_corrected(target_session& session, ask::pipeline& pipeline,
                                         ask::context const& what, ask::generated how,
                                         std::optional<std::uint64_t> limit) {
    for (bool corrected = false;; corrected = true) {
        auto done = co_await session.queries().run(session.asker(), {.what = {.text = how.sql},
                                                                     .limit = limit,
                                                                     .action = "query.ask",
                                                                     .question = what.question,
                                                                     .generator = how.generator});
        if (done) co_return finding{std::move(how), std::move(*done)};
        auto const failed = done.error().code;
        if (corrected || (failed != errc::query_invalid && failed != errc::query_refused))
            co_return done.error();
        auto again = co_await pipeline.repair(what, how, done.error().message, after(asking_limit));
        if (!again || again->sql.empty()) co_return done.error();
        how = std::move(*again);
    }
}

awaitable<result<finding>> find(engine& e, target_session& session, std::string question, bool execute,
                                std::optional<std::uint64_t> limit) {
    auto const seen = co_await e.stores().replicas->read(after(asking_limit));
    auto pipeline = make_pipeline(e, seen ? seen->knowledge : replica::knowledge_state{});
    auto what = co_await ask::context_of(question, *e.shared().target, e.shared().knowledge,
                                         *e.stores().knowledge, after(asking_limit));
    if (!what) co_return what.error();
    co_await pipeline.retrieve(*what, after(asking_limit));
    auto how = co_await pipeline.generate(*what, after(asking_limit + ask::model::extra_time(e.settings())));
    if (!how) co_return how.error();
    if (!how->sql.empty() && execute)
        co_return co_await run_corrected(session, pipeline, *what, std::move(*how), limit);
    auto entry = e.entry("query.ask", "questions", {{"question", question}, {"sql", how->sql}});
    if (how->sql.empty()) entry.status = "declined";
    if (auto ok = co_await e.note(std::move(entry)); !ok) co_return ok.error();
    co_return finding{std::move(*how), {}};
}

int show_finding(command_line const& line, finding const& found, std::string const& question) {
    auto const& how = found.how;
    bool const json = line.has("json");
    if (!json && (found.rows || how.sql.empty())) explain(how);
    if (found.rows)
        show_rows(line, api::result_reply(*found.rows, how, question), *found.rows);
    else if (json)
        print(boost::json::serialize(api::generated_view(how, question)) + "\n");
    else if (!how.sql.empty())
        print(how.sql + "\n");
    else
        print((how.clarification.empty() ? "no answer: the question could not be linked to the data"
                                         : how.clarification) +
              "\n");
    return how.sql.empty() ? EX_DATAERR : 0;
}

awaitable<int> answer(engine& e, command_line const& line) {
    auto const limit = row_limit(line);
    if (!limit) co_return fail(limit.error()), EX_USAGE;
    auto const question = line.words.at(0);
    target_session session(e);
    auto const opened = co_await session.open();
    result<finding> found = error{};
    if (opened)
        found = co_await find(e, session, question, !line.has("sql-only"), *limit);
    else
        found = opened.error();
    co_await session.close();
    if (!found) co_return fail(found.error());
    co_return show_finding(line, *found, question);
}

}  // namespace

int run_query(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return run_sql(on, line); });
}

int run_ask(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return answer(on, line); });
}

}  // namespace vanna::cli
