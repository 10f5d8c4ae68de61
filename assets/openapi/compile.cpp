// Makes openapi.json of the parts in this folder: `compile_openapi VERSION OUTPUT PARTS...`. An operation
// says in short what all have in common (x-role: who may; x-problems: which errors beyond the usual ones);
// here that becomes security, responses and a sentence. Stops with a message at a reference to nothing, an
// undeclared path parameter, a duplicate key or operationId, an unknown tag or a missing summary.
#include <yaml-cpp/yaml.h>

#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>

namespace {

namespace json = boost::json;
using std::string;

[[noreturn]] void fail(string const& what) {
    throw std::runtime_error(what);
}

json::value scalar(YAML::Node const& node) {
    string const& text = node.Scalar();
    if (node.Tag() != "?") return json::string(text);  // "?": plain, neither quoted nor folded
    if (text == "null" || text == "~" || text.empty()) return nullptr;
    if (text == "true" || text == "false") return text == "true";
    std::int64_t whole = 0;
    auto const* end = text.data() + text.size();
    if (auto [at, ec] = std::from_chars(text.data(), end, whole); ec == std::errc() && at == end)
        return whole;
    double real = 0;
    if (auto [at, ec] = std::from_chars(text.data(), end, real); ec == std::errc() && at == end) return real;
    return json::string(text);
}

json::value convert(YAML::Node const& node) {
    if (node.IsNull()) return nullptr;
    if (node.IsScalar()) return scalar(node);
    if (node.IsSequence()) {
        json::array out;
        for (auto const& item : node)
            out.push_back(convert(item));
        return out;
    }
    json::object out;
    for (auto const& member : node) {
        auto const key = member.first.Scalar();
        if (!out.emplace(key, convert(member.second)).second)
            fail("the key " + key + " stands twice in a map");
    }
    return out;
}

void merge(json::object& into, json::object const& part, string const& where) {
    for (auto const& [key, value] : part) {
        auto* there = into.if_contains(key);
        if (!there)
            into[key] = value;
        else if (there->is_object() && value.is_object())
            merge(there->get_object(), value.get_object(), where + "/" + string(key));
        else
            fail(where + "/" + string(key) + " stands in two parts");
    }
}

json::object reference(string const& to) {
    return {{"$ref", "#/components/" + to}};
}

// components.responses: x-problem is the description of a problem+json answer.
void complete_problems(json::object& responses) {
    for (auto& [name, response] : responses) {
        auto& r = response.get_object();
        json::object headers{{"X-Request-Id", reference("headers/RequestId")}};
        if (name == "429" || name == "503") headers["Retry-After"] = reference("headers/RetryAfter");
        json::value description = r.at("x-problem");  // copied first: a new member may move the others
        r["description"] = std::move(description);
        r.stable_erase("x-problem");
        r["headers"] = std::move(headers);
        r["content"] = json::object{{"application/problem+json", {{"schema", reference("schemas/Problem")}}}};
    }
}

std::set<string> usual_problems(json::object const& operation, string const& method, string const& role,
                                bool has_parameters) {
    std::set<string> out;
    if (role != "anyone") {
        out.insert("401");
        if (role != "viewer" || method != "get") out.insert("403");
    }
    if (operation.contains("requestBody")) out.insert({"400", "413", "415", "422"});
    if (has_parameters) out.insert("422");
    if (auto const* more = operation.if_contains("x-problems"))
        for (auto const& status : more->as_array())
            out.insert(std::to_string(status.as_int64()));
    return out;
}

string role_sentence(string const& role) {
    if (role == "anyone") return "Needs no log-in.";
    if (role == "viewer") return "Needs a log-in, of any role.";
    if (role == "analyst") return "Needs the role `analyst` or `admin`.";
    if (role == "admin") return "Needs the role `admin`.";
    fail("x-role is " + role);
}

void secure(json::object& operation, string const& role) {
    json::array security;
    if (role != "anyone")
        security = {json::object{{"bearer", json::array{}}}, json::object{{"session", json::array{}}}};
    operation["security"] = std::move(security);
    operation["x-required-role"] = role;
    string text = operation.contains("description") ? string(operation["description"].as_string()) : "";
    while (text.ends_with('\n') || text.ends_with(' '))
        text.pop_back();
    operation["description"] = text + (text.empty() ? "" : "\n\n") + role_sentence(role);
    operation.stable_erase("x-role");
}

void complete(json::object& operation, string const& method, bool path_has_parameters) {
    string const role(operation.at("x-role").as_string());
    auto& responses = operation.at("responses").as_object();
    for (auto& member : responses) {
        auto& headers = member.value().as_object()["headers"];
        if (headers.is_null()) headers.emplace_object();
        headers.as_object()["X-Request-Id"] = reference("headers/RequestId");
    }
    bool const has_parameters = path_has_parameters || operation.contains("parameters");
    for (auto const& status : usual_problems(operation, method, role, has_parameters))
        if (!responses.contains(status)) responses[status] = reference("responses/" + status);
    responses["default"] = reference("responses/Problem");
    operation.stable_erase("x-problems");
    secure(operation, role);
}

// ---- what must hold ----

class checker {
  public:
    explicit checker(json::value const& document) : document_(document) {
        for (auto const& tag : document.at("tags").as_array())
            tags_.emplace(tag.at("name").as_string());
    }

    void references(json::value const& value) const {
        if (auto const* list = value.if_array())
            for (auto const& item : *list)
                references(item);
        if (auto const* map = value.if_object())
            for (auto const& [key, member] : *map)
                key == "$ref" ? void(target(member)) : references(member);
    }

    void operation(string const& path, json::object const& item, string const& method) {
        auto const& o = item.at(method).as_object();
        string const where = method + " " + path;
        for (auto const* needed : {"operationId", "tags", "summary", "x-role", "responses"})
            if (!o.contains(needed)) fail(where + " has no " + needed);
        if (!ids_.emplace(o.at("operationId").as_string()).second) fail(where + ": its operationId is taken");
        for (auto const& tag : o.at("tags").as_array())
            if (!tags_.contains(string(tag.as_string()))) fail(where + ": unknown tag");
        auto declared = path_parameters(item);
        declared.merge(path_parameters(o));
        if (declared != placeholders(path)) fail(where + ": its path parameters are not those declared");
    }

  private:
    json::value const& target(json::value const& reference) const {
        auto const& text = reference.as_string();
        boost::system::error_code ec;
        auto const* found = document_.find_pointer(text.subview(1), ec);
        if (!found) fail("there is no " + string(text));
        return *found;
    }

    std::set<string> path_parameters(json::object const& holder) const {
        std::set<string> out;
        auto const* parameters = holder.if_contains("parameters");
        if (!parameters) return out;
        for (auto const& given : parameters->as_array()) {
            auto const* ref = given.as_object().if_contains("$ref");
            auto const& p = ref ? target(*ref) : given;
            if (p.at("in").as_string() == "path") out.emplace(p.at("name").as_string());
        }
        return out;
    }

    static std::set<string> placeholders(string const& path) {
        std::set<string> out;
        for (auto at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
            out.insert(path.substr(at + 1, path.find('}', at) - at - 1));
        return out;
    }

    json::value const& document_;
    std::set<string> tags_, ids_;
};

json::value compile(string const& version, std::vector<string> const& parts) {
    json::value document(json::object{});
    for (auto const& part : parts)
        try {
            merge(document.as_object(), convert(YAML::LoadFile(part)).as_object(), "");
        } catch (std::exception const& e) {
            fail(part + ": " + e.what());
        }
    document.at("info").as_object()["version"] = version;

    checker check(document);
    check.references(document);
    complete_problems(document.at("components").at("responses").as_object());
    for (auto& [path, item] : document.at("paths").as_object())
        for (auto const* method : {"get", "post", "put", "patch", "delete"})
            if (auto* operation = item.as_object().if_contains(method)) {
                check.operation(path, item.as_object(), method);
                complete(operation->as_object(), method, item.as_object().contains("parameters"));
            }
    check.references(document);
    return document;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 4) fail("usage: compile_openapi VERSION OUTPUT PARTS...");
    auto const document = compile(argv[1], {argv + 3, argv + argc});
    std::ofstream out(argv[2], std::ios::binary);
    out << document << '\n';
    if (!out.flush()) fail(string("cannot write ") + argv[2]);
} catch (std::exception const& e) {
    std::cerr << "compile_openapi: " << e.what() << '\n';
    return 1;
}
