#include <sysexits.h>

#include <charconv>
#include <cstdio>

#include "core/ask/asking.hpp"
#include "core/ask/builtin/generator.hpp"
#include "core/ask/pipeline.hpp"
#include "core/ask/verified_pairs.hpp"
#include "db/chroma/knowledge_base.hpp"
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

void show_rows(command_line const& line, std::string const& json, query::answer const& a) {
    if (line.has("json")) return print("{" + json + "}\n");
    auto const parsed = boost::json::parse("{" + json + "}");
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
    show_rows(line, done->body->json, *done);
    co_return 0;
}

void explain(ask::generated const& how) {
    std::fprintf(stderr, "%s (%s, confidence %.2f)\n", how.sql.c_str(), how.generator.c_str(),
                 how.confidence);
    for (auto const& n : how.notes)
        std::fprintf(stderr, "note: %s\n", n.c_str());
}

awaitable<result<ask::generated>> generate(engine& e, std::string const& question, ask::context& what) {
    auto const seen = co_await e.stores().replicas->read(after(asking_limit));
    auto const state = seen ? seen->knowledge : replica::knowledge_state{};
    auto client = std::make_shared<chroma::client>(
        chroma::connect(e.executor(), e.settings().chroma_host, std::uint16_t(e.settings().chroma_port)));
    auto base = std::make_shared<chroma::knowledge_base>(client, ask::create_builtin_embedder(),
                                                         [state] { return state; });
    std::vector<std::unique_ptr<ask::generator>> generators;
    generators.push_back(ask::create_verified_pairs());
    generators.push_back(ask::create_builtin_generator());
    ask::pipeline pipeline(base, std::move(generators), *e.shared().target);
    auto gathered = co_await ask::context_of(question, *e.shared().target, e.shared().knowledge,
                                             *e.stores().knowledge, after(asking_limit));
    if (!gathered) co_return gathered.error();
    what = std::move(*gathered);
    co_await pipeline.retrieve(what, after(asking_limit));
    co_return co_await pipeline.generate(what, after(asking_limit));
}

awaitable<int> answer(engine& e, command_line const& line) {
    auto const limit = row_limit(line);
    if (!limit) co_return fail(limit.error()), EX_USAGE;
    auto const question = line.words.at(0);
    target_session session(e);
    auto opened = co_await session.open();
    ask::context what;
    result<ask::generated> how =
        opened ? co_await generate(e, question, what) : result<ask::generated>(opened.error());
    result<query::answer> done =
        how ? result<query::answer>(query::answer{}) : result<query::answer>(how.error());
    bool const runs = how && !how->sql.empty() && !line.has("sql-only");
    if (runs)
        done = co_await session.queries().run(session.asker(), {.what = {.text = how->sql},
                                                                .limit = *limit,
                                                                .action = "query.ask",
                                                                .question = question,
                                                                .generator = how->generator});
    co_await session.close();
    if (!done) co_return fail(done.error());
    if (how->sql.empty()) {
        explain(*how);
        print((how->clarification.empty() ? "no answer: the question could not be linked to the data"
                                          : how->clarification) +
              "\n");
        co_return EX_DATAERR;
    }
    if (!runs) co_return print(how->sql + "\n"), 0;
    if (!line.has("json")) explain(*how);
    show_rows(line, done->body->json, *done);
    co_return 0;
}

}  // namespace

int run_query(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return run_sql(on, line); });
}

int run_ask(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return answer(on, line); });
}

}  // namespace vanna::cli
