#include "core/ask/pair_file.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/ask/builtin/words.hpp"
#include "core/ask/yaml_tree.hpp"
#include "core/sql/utf8.hpp"

namespace vanna::ask {
namespace {

constexpr auto keys = std::to_array<std::string_view>(
    {"question", "sql", "state", "proposed_by", "approved_by", "approved_at"});

// As the System DB tells questions apart.
std::string same_question(std::string_view text) {
    std::string out;
    bool blank = false;
    for (char c : text) {
        if (std::isspace(static_cast<unsigned char>(c))) {
            blank = !out.empty();
            continue;
        }
        if (std::exchange(blank, false)) out += ' ';
        out += c;
    }
    return builtin::lower(out);
}

class reader {
  public:
    explicit reader(pair_bounds within) : within_(within) {}

    pair_file run(std::string const& yaml) {
        auto read = read_yaml(yaml);
        for (auto const& p : read.problems) {
            auto const end = p.starts_with("line ") ? p.find(": ") : p.npos;
            out_.problems.push_back(end == p.npos ? field_error{"file", p}
                                                  : field_error{p.substr(0, end), p.substr(end + 2)});
        }
        if (!out_.problems.empty() || read.root.what == yaml_node::kind::null) return std::move(out_);
        if (read.root.what != yaml_node::kind::list)
            problem(read.root, "expected a list of pairs, each with question and sql");
        if (read.root.items.size() > within_.most_pairs)
            problem(read.root, std::to_string(read.root.items.size()) + " pairs; at most " +
                                   std::to_string(within_.most_pairs) + " are read at a time");
        else
            for (auto const& one : read.root.items) {
                if (out_.problems.size() >= most_problems) {
                    out_.problems.resize(most_problems);
                    problem(one, "more problems: not looked at before these are solved");
                    break;
                }
                entry(one);
            }
        return std::move(out_);
    }

  private:
    static constexpr std::size_t most_problems = yaml_bounds{}.most_problems;

    void problem(yaml_node const& at, std::string what) {
        out_.problems.push_back({"line " + std::to_string(at.line), std::move(what)});
    }

    void entry(yaml_node const& from) {
        if (from.what != yaml_node::kind::map) return problem(from, "expected a map with question and sql");
        for (auto const& [key, value] : from.fields)
            if (std::ranges::find(keys, key.text) == keys.end() && out_.problems.size() <= most_problems)
                problem(key, "'" + std::string(sql::first_bytes(key.text, 100)) +
                                 "' is no key of a pair: expected question, sql");
        auto const before = out_.problems.size();
        filed_pair made{from.line, text(from, "question"), text(from, "sql")};
        if (out_.problems.size() > before) return;
        auto const characters = sql::characters_before(made.question, made.question.size());
        if (characters > within_.most_question_chars)
            return problem(from, "question: " + std::to_string(characters) + " characters; at most " +
                                     std::to_string(within_.most_question_chars) + " (MAX_QUESTION_CHARS)");
        if (made.sql.size() > within_.most_sql_bytes)
            return problem(from, "sql: " + std::to_string(made.sql.size()) + " bytes; at most " +
                                     std::to_string(within_.most_sql_bytes) + " (MAX_SQL_BYTES)");
        auto const [known, added] = lines_.emplace(same_question(made.question), from.line);
        if (!added)
            return problem(from, "question: stands on line " + std::to_string(known->second) + " already");
        out_.pairs.push_back(std::move(made));
    }

    std::string text(yaml_node const& from, std::string const& key) {
        auto const* node = from.find(key);
        if (!node) return problem(from, key + ": is missing"), std::string();
        if (node->what != yaml_node::kind::text)
            return problem(*node, key + ": expected a text"), std::string();
        bool const is_blank = node->text.find_first_not_of(" \t\r\n") == std::string::npos;
        if (is_blank) return problem(*node, key + ": is empty"), std::string();
        if (!sql::is_utf8(node->text) || node->text.find('\0') != std::string::npos)
            return problem(*node, key + ": expected UTF-8 text without zero bytes"), std::string();
        return node->text;
    }

    pair_bounds within_;
    pair_file out_;
    std::map<std::string, int> lines_;
};

}  // namespace

pair_file read_pairs(std::string const& yaml, pair_bounds within) {
    return reader(within).run(yaml);
}

std::string write_pairs(std::vector<example> pairs) {
    std::sort(pairs.begin(), pairs.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
    std::string out = "# Verified pairs. `vanna-engine pairs import FILE` reads question and sql.\n";
    for (auto const& e : pairs) {
        auto const field = [&](std::string_view name, std::string const& value) {
            if (!value.empty()) ((out += "  ") += name) += ": " + to_yaml(value, 2) + "\n";
        };
        out += "- question: " + to_yaml(e.question, 2) + "\n";
        field("sql", e.sql);
        field("state", e.state);
        field("proposed_by", e.proposed_by);
        field("approved_by", e.approved_by);
        if (e.approved_at) field("approved_at", to_rfc3339(*e.approved_at));
    }
    return out;
}

}  // namespace vanna::ask
