#include "server/cli/generate.hpp"

#include <sysexits.h>

#include <boost/json.hpp>
#include <istream>
#include <ostream>

#include "core/ask/builtin/generator.hpp"
#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

boost::json::array strings(std::vector<std::string> const& list) {
    return boost::json::array(list.begin(), list.end());
}

boost::json::object shown(ask::generated const& made) {
    return {{"sql", made.sql.empty() ? boost::json::value(nullptr) : boost::json::value(made.sql)},
            {"confidence", made.confidence},
            {"clarification", made.clarification},
            {"links", strings(made.links)},
            {"unlinked", strings(made.unlinked)},
            {"notes", strings(made.notes)}};
}

result<ask::generated> answer(ask::generator& by, ask::context const& what) {
    asio::io_context one_question(1);
    result<ask::generated> made = ask::generated{};
    std::exception_ptr failure;
    asio::co_spawn(
        one_question,
        [&]() -> awaitable<void> { made = co_await by.generate(what, after(std::chrono::seconds(30))); },
        [&](std::exception_ptr e) { failure = e; });
    one_question.run();
    if (failure) std::rethrow_exception(failure);
    return made;
}

}  // namespace

int run_generate(std::string const& target_url, schema_reader const& read, std::chrono::year_month_day today,
                 std::istream& in, std::ostream& out) {
    auto schema = read(target_url);
    if (!schema) {
        auto const status = fail(schema.error());
        return schema.error().code == errc::invalid_input ? EX_USAGE : status;
    }
    ask::context what;
    what.schema = std::make_shared<sql::schema const>(std::move(*schema));
    what.terms = std::make_shared<std::vector<ask::term> const>();
    what.examples = std::make_shared<std::vector<ask::example> const>();
    what.today = today;
    what.dialect = what.schema->engine;
    auto const by = ask::create_builtin_generator();
    for (std::string line; std::getline(in, line);) {
        what.question = line;
        auto const made = answer(*by, what);
        if (made)
            out << boost::json::serialize(shown(*made)) << std::endl;
        else
            out << boost::json::serialize(
                       boost::json::object{{"sql", nullptr}, {"error", made.error().message}})
                << std::endl;
    }
    return 0;
}

}  // namespace vanna::cli
