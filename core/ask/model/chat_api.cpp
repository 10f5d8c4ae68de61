#include "core/ask/model/chat_api.hpp"

#include <boost/json.hpp>

namespace vanna::ask::model::chat_api {
namespace {

namespace json = boost::json;

constexpr int most_answer_tokens = 1024;

error wrong(std::string what) {
    return {errc::unavailable, public_text{"its answer cannot be used: " + std::move(what)}};
}

json::object const* object_in(json::object const& of, std::string_view name) {
    auto const* found = of.if_contains(name);
    return found ? found->if_object() : nullptr;
}

// A text, or a list of parts of which some are texts.
std::string text_of(json::value const& content) {
    if (auto const* text = content.if_string()) return std::string(*text);
    std::string out;
    if (auto const* parts = content.if_array())
        for (auto const& part : *parts)
            if (auto const* one = part.if_object())
                if (auto const* text = one->if_contains("text"); text && text->is_string())
                    out += text->get_string();
    return out;
}

std::string error_in(json::value const& problem) {
    auto const* object = problem.if_object();
    auto const* message = object ? object->if_contains("message") : &problem;
    return message && message->is_string() ? std::string(message->get_string()) : json::serialize(problem);
}

// `member`: "message" of a whole answer, "delta" of an event.
result<said> read_choice(std::string_view text, std::string_view member, bool may_be_empty) {
    json::error_code ec;
    auto const parsed = json::parse(text, ec);
    if (ec) return wrong("it is not JSON");
    auto const* object = parsed.if_object();
    if (!object) return wrong("it is no JSON object");
    if (auto const* problem = object->if_contains("error"); problem && !problem->is_null())
        return error{errc::unavailable, public_text{"it answered with an error"},
                     internal_text{error_in(*problem)}};
    auto const* choices = object->if_contains("choices");
    auto const* list = choices ? choices->if_array() : nullptr;
    if (list && list->empty() && may_be_empty) return said{};  // such as the count of tokens at the end
    auto const* first = list && !list->empty() ? list->front().if_object() : nullptr;
    if (!first) return wrong("it has no \"choices\"");
    said out;
    if (auto const* reason = first->if_contains("finish_reason"); reason && reason->is_string()) {
        out.finished = true;
        out.cut_short = reason->get_string() == "length";
    }
    auto const* holder = object_in(*first, member);
    auto const* content = holder ? holder->if_contains("content") : nullptr;
    if (!content && !may_be_empty) return wrong("its choice has no \"content\"");
    if (content) out.text = text_of(*content);
    return out;
}

}  // namespace

std::string request(asked const& what) {
    json::object out{{"model", what.model},
                     {"messages", json::array{{{"role", "system"}, {"content", what.system}},
                                              {{"role", "user"}, {"content", what.user}}}},
                     {"stream", what.stream}};
    if (what.with_temperature) out["temperature"] = 0;
    if (what.with_max_tokens) out["max_tokens"] = most_answer_tokens;
    return json::serialize(out);
}

result<said> read(std::string_view body) {
    return read_choice(body, "message", false);
}

result<said> read_event(std::string_view data) {
    if (data == "[DONE]") return said{.text = {}, .finished = true};
    return read_choice(data, "delta", true);
}

}  // namespace vanna::ask::model::chat_api
