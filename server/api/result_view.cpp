#include "server/api/result_view.hpp"

#include "core/json_values.hpp"
#include "core/sql/writers.hpp"

namespace vanna::api {
namespace {

namespace json = boost::json;

void append_text(std::string& out, std::string_view text) {
    sql::text_buffer buffer;
    sql::put_json_text(buffer, text);
    out += buffer.take();
}

std::string milliseconds(std::chrono::microseconds d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", double(d.count()) / 1000);
    return text;
}

// `found`: members of the result that the outcome has formatted.
std::string result_body(query::answer const& a, std::string_view sql, std::string_view found) {
    std::string out;
    out.reserve(found.size() + 6 * sql.size() / 5 + 512);
    out += R"({"query_id":")";
    append(out, a.id);
    out += R"(","sql":)";
    append_text(out, sql);
    out += ',';
    out += found;
    out += R"(,"duration_ms":)";
    out += milliseconds(a.duration);
    out += R"(,"target_version":")";
    out += a.body->target_version;
    out += a.cached ? R"(","cached":true)" : R"(","cached":false)";
    return out;
}

json::array strings(std::vector<std::string> const& all) {
    json::array out;
    for (auto const& s : all)
        out.emplace_back(s);
    return out;
}

}  // namespace

http::response result_reply(query::answer const& a, std::string_view sql) {
    auto body = result_body(a, sql, a.body->json);
    body += '}';
    return reply(std::move(body));
}

json::object generated_view(ask::generated const& how, std::string_view question) {
    json::array sources;
    for (auto const& s : how.sources)
        sources.push_back(
            json::object{{"kind", s.kind}, {"name", s.name}, {"reference", s.reference}, {"score", s.score}});
    return {
        {"question", question},
        {"conversation_id", or_null(how.conversation)},
        {"sql", how.sql.empty() ? json::value(nullptr) : json::value(how.sql)},
        {"generator", how.generator},
        {"confidence", how.confidence},
        {"sources", std::move(sources)},
        {"links", strings(how.links)},
        {"unlinked", strings(how.unlinked)},
        {"clarification", how.clarification.empty() ? json::value(nullptr) : json::value(how.clarification)},
        {"notes", strings(how.notes)}};
}

std::string answer_json(query::answer const& a, ask::generated const& how, std::string_view question,
                        std::string_view found) {
    auto body = result_body(a, how.sql, found);
    auto extra = generated_view(how, question);
    extra.erase("sql");
    extra.erase("clarification");
    auto const text = json::serialize(extra);
    body += ',';
    body.append(text, 1);
    return body;
}

http::response result_reply(query::answer const& a, ask::generated const& how, std::string_view question) {
    return reply(answer_json(a, how, question, a.body->json));
}

result<sql::row_format> export_format(std::string_view name) {
    if (name == "json") return sql::row_format::json;
    if (name == "csv") return sql::row_format::csv;
    if (name == "ndjson") return sql::row_format::ndjson;
    return error{errc::invalid_input, public_text{"the format is not known"}}.with_field(
        "format", "expected json, csv or ndjson");
}

namespace {

// One export while its client reads. A failure in the middle cannot change the status line any more: it is
// told in the last object and the trailers, and the count says how far it came.
class export_source final : public http::body_source {
  public:
    export_source(query::service::exported what, sql::row_format format, uuid query_id)
        : what_(std::move(what)), format_(format), query_id_(query_id) {}

    awaitable<result<std::optional<std::string>>> next() override {
        while (!ended_) {
            std::string out = started_ ? std::string() : head();
            std::string problem;
            auto piece = co_await take(problem);
            rows_ += piece.rows;
            out += piece.bytes;
            if (piece.last) {
                ended_ = true;
                complete_ = problem.empty() && !piece.truncated;
                out += tail(piece.truncated, problem);
            }
            if (!out.empty()) co_return std::optional(std::move(out));
        }
        co_return std::optional<std::string>{};
    }

    std::vector<http::header_field> trailers() override {
        return {{"x-row-count", std::to_string(rows_)}, {"x-complete", complete_ ? "true" : "false"}};
    }

  private:
    awaitable<sql::slice> take(std::string& problem) {
        if (!started_) {
            started_ = true;
            co_return std::move(what_.first.first);
        }
        auto next = co_await what_.first.rest->next();
        if (next) co_return std::move(*next);
        problem = next.error().message;
        sql::slice end;
        end.last = true;
        co_return end;
    }

    std::string head() const {
        if (format_ != sql::row_format::json) return {};
        std::string out = R"({"query_id":")" + to_string(query_id_) + R"(","target_version":")" +
                          what_.first.target_version + R"(","columns":[)";
        for (auto const& c : what_.first.columns) {
            if (out.back() != '[') out += ',';
            out += R"({"name":)";
            append_text(out, c.name);
            out += R"(,"type":)";
            append_text(out, c.type);
            out += '}';
        }
        return out + R"(],"rows":[)";
    }

    std::string tail(bool truncated, std::string const& problem) const {
        json::object end{{"row_count", rows_}, {"complete", complete_}, {"truncated", truncated}};
        if (!problem.empty()) end["error"] = problem;
        auto const text = json::serialize(end);
        if (format_ == sql::row_format::json) return "]," + text.substr(1);
        return format_ == sql::row_format::ndjson ? text + "\n" : "";
    }

    query::service::exported what_;
    sql::row_format format_;
    uuid query_id_;
    std::uint64_t rows_ = 0;
    bool started_ = false, ended_ = false, complete_ = false;
};

}  // namespace

http::response export_reply(query::service::exported what, sql::row_format format, uuid query_id,
                            deadline until) {
    struct kind {
        std::string_view type, extension;
    };
    kind const k = format == sql::row_format::json  ? kind{"application/json", "json"}
                   : format == sql::row_format::csv ? kind{"text/csv; charset=utf-8", "csv"}
                                                    : kind{"application/x-ndjson", "ndjson"};
    reply out;
    out.content_type = k.type;
    out.stream = std::make_unique<export_source>(std::move(what), format, query_id);
    out.stream_until = until;
    out.headers = {{"trailer", "x-row-count, x-complete"},
                   {"content-disposition",
                    "attachment; filename=\"" + to_string(query_id) + "." + std::string(k.extension) + "\""}};
    return out;
}

}  // namespace vanna::api
