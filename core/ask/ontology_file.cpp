#include "core/ask/ontology_file.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <sstream>

namespace vanna::ask {
namespace {

constexpr auto keys =
    std::to_array<std::string_view>({"term_name", "description", "synonyms", "data_source", "owner"});

class reader {
  public:
    ontology run(std::string const& yaml) {
        try {
            auto const root = YAML::Load(yaml);
            if (root.IsNull()) return std::move(out_);
            if (!root.IsSequence()) {
                problem(root, "the file", "expected a list of terms");
                return std::move(out_);
            }
            for (auto const& one : root)
                entry(one);
        } catch (YAML::Exception const& e) {
            out_.problems.push_back("line " + std::to_string(e.mark.line + 1) + ": " + e.msg);
        }
        return std::move(out_);
    }

  private:
    void problem(YAML::Node const& at, std::string const& key, std::string const& what) {
        out_.problems.push_back("line " + std::to_string(at.Mark().line + 1) + ": " + key + ": " + what);
    }

    std::string text(YAML::Node const& node, std::string const& key) {
        if (node.IsScalar()) return node.Scalar();
        problem(node, key, "expected a text");
        return {};
    }

    void entry(YAML::Node const& from) {
        if (!from.IsMap()) {
            problem(from, "term",
                    "expected a map with term_name, description, synonyms, data_source and owner");
            return;
        }
        for (auto const& pair : from) {
            auto const key = text(pair.first, "key");
            if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end())
                problem(pair.first, key, "unknown key");
        }
        term made;
        made.name = required(from, "term_name");
        made.description = required(from, "description");
        if (auto const node = from["data_source"]) made.data_source = text(node, "data_source");
        if (auto const node = from["owner"]) made.owner = text(node, "owner");
        synonyms(from, made);
        if (made.name.empty()) return;
        auto const [before, added] = lines_.emplace(made.name, from.Mark().line + 1);
        if (!added) {
            problem(from, "term_name",
                    "'" + made.name + "' is defined on line " + std::to_string(before->second) + " already");
            return;
        }
        out_.terms.push_back(std::move(made));
    }

    std::string required(YAML::Node const& from, std::string const& key) {
        auto const node = from[key];
        if (!node) {
            problem(from, key, "is missing");
            return {};
        }
        auto value = text(node, key);
        if (node.IsScalar() && value.empty()) problem(node, key, "is empty");
        return value;
    }

    void synonyms(YAML::Node const& from, term& made) {
        auto const node = from["synonyms"];
        if (!node || node.IsNull()) return;
        if (!node.IsSequence()) {
            problem(node, "synonyms", "expected a list");
            return;
        }
        for (auto const& one : node)
            if (auto value = text(one, "synonyms"); !value.empty()) made.synonyms.push_back(std::move(value));
    }

    ontology out_;
    std::map<std::string, int> lines_;
};

}  // namespace

ontology read_ontology(std::string const& yaml) {
    return reader().run(yaml);
}

result<ontology> read_ontology_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return error{errc::not_found, public_text{"the ontology file " + path + " cannot be read"}};
    std::ostringstream all;
    all << file.rdbuf();
    return read_ontology(all.str());
}

}  // namespace vanna::ask
