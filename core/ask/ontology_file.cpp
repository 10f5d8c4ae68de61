#include "core/ask/ontology_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <sstream>

#include "core/ask/yaml_tree.hpp"

namespace vanna::ask {
namespace {

constexpr auto keys =
    std::to_array<std::string_view>({"term_name", "description", "synonyms", "data_source", "owner"});

class reader {
  public:
    ontology run(std::string const& yaml) {
        auto read = read_yaml(yaml);
        out_.problems = std::move(read.problems);
        if (!out_.problems.empty() || read.root.what == yaml_node::kind::null) return std::move(out_);
        if (read.root.what != yaml_node::kind::list) {
            problem(read.root, "the file", "expected a list of terms");
            return std::move(out_);
        }
        for (auto const& one : read.root.items)
            entry(one);
        return std::move(out_);
    }

  private:
    void problem(yaml_node const& at, std::string const& key, std::string const& what) {
        out_.problems.push_back("line " + std::to_string(at.line) + ": " + key + ": " + what);
    }

    std::string text(yaml_node const& node, std::string const& key) {
        if (node.what == yaml_node::kind::text) return node.text;
        problem(node, key, "expected a text");
        return {};
    }

    void entry(yaml_node const& from) {
        if (from.what != yaml_node::kind::map) {
            problem(from, "term",
                    "expected a map with term_name, description, synonyms, data_source and owner");
            return;
        }
        for (auto const& [name, value] : from.fields) {
            auto const key = text(name, "key");
            if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end())
                problem(name, key, "unknown key");
        }
        term made;
        made.name = required(from, "term_name");
        made.description = required(from, "description");
        if (auto const* node = from.find("data_source")) made.data_source = text(*node, "data_source");
        if (auto const* node = from.find("owner")) made.owner = text(*node, "owner");
        synonyms(from, made);
        if (made.name.empty()) return;
        auto const [before, added] = lines_.emplace(made.name, from.line);
        if (!added) {
            problem(from, "term_name",
                    "'" + made.name + "' is defined on line " + std::to_string(before->second) + " already");
            return;
        }
        out_.terms.push_back(std::move(made));
    }

    std::string required(yaml_node const& from, std::string const& key) {
        auto const* node = from.find(key);
        if (!node) {
            problem(from, key, "is missing");
            return {};
        }
        auto value = text(*node, key);
        if (node->what == yaml_node::kind::text && value.empty()) problem(*node, key, "is empty");
        return value;
    }

    void synonyms(yaml_node const& from, term& made) {
        auto const* node = from.find("synonyms");
        if (!node || node->what == yaml_node::kind::null) return;
        if (node->what != yaml_node::kind::list) {
            problem(*node, "synonyms", "expected a list");
            return;
        }
        for (auto const& one : node->items)
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
