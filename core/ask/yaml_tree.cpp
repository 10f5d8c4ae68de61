#include "core/ask/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/sql/utf8.hpp"

namespace vanna::ask {
namespace {

// Ends the parsing: what follows is of no use any more.
[[noreturn]] void give_up(YAML::Mark const& at, std::string const& why) {
    throw YAML::ParserException(at, why);
}

class builder final : public YAML::EventHandler {
  public:
    explicit builder(yaml_bounds within) : within_(within) {}
    yaml_node take() { return std::move(root_); }

    void OnDocumentStart(YAML::Mark const&) override {}
    void OnDocumentEnd() override {}
    void OnNull(YAML::Mark const& at, YAML::anchor_t) override { add(at, yaml_node::kind::null); }
    void OnAlias(YAML::Mark const& at, YAML::anchor_t) override {
        give_up(at, "aliases (*name) are not read; write the value out");
    }
    void OnScalar(YAML::Mark const& at, std::string const&, YAML::anchor_t,
                  std::string const& value) override {
        add(at, yaml_node::kind::text).text = value;
    }
    void OnSequenceStart(YAML::Mark const& at, std::string const&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        open(at, yaml_node::kind::list);
    }
    void OnSequenceEnd() override { path_.pop_back(); }
    void OnMapStart(YAML::Mark const& at, std::string const&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        open(at, yaml_node::kind::map);
    }
    void OnMapEnd() override { path_.pop_back(); }

  private:
    struct place {
        yaml_node* in;
        bool value_is_next = false;  // of a map: its key stands already
    };

    // Nodes move while their siblings are added, but only closed ones: what is open is the last of its
    // parent.
    yaml_node& add(YAML::Mark const& at, yaml_node::kind what) {
        if (++nodes_ > within_.most_nodes)
            give_up(at, "more than " + std::to_string(within_.most_nodes) + " values");
        auto& made = slot();
        made.what = what;
        made.line = at.line + 1;
        return made;
    }
    yaml_node& slot() {
        if (path_.empty()) return root_;
        auto& last = path_.back();
        if (last.in->what == yaml_node::kind::list) return last.in->items.emplace_back();
        if (!std::exchange(last.value_is_next, !last.value_is_next))
            return last.in->fields.emplace_back().key;
        return last.in->fields.back().value;
    }
    void open(YAML::Mark const& at, yaml_node::kind what) {
        if (path_.size() >= within_.most_depth)
            give_up(at, "nested more than " + std::to_string(within_.most_depth) + " deep");
        path_.push_back({&add(at, what)});
    }

    yaml_bounds within_;
    yaml_node root_;
    std::vector<place> path_;
    std::size_t nodes_ = 0;
};

// yaml-cpp takes in a whole line, or a whole [ ] or { }, before it tells of the first value there, and needs
// hundreds of bytes for each of these marks. Those inside of texts are counted too: only yaml-cpp could tell
// them apart. Empty: there are not too many.
std::string too_many_marks(std::string_view text, yaml_bounds within) {
    int line = 1;
    std::size_t open = 0, marks = 0;
    for (char const c : text) {
        if (c == '\n') {
            ++line;
            if (open == 0) marks = 0;
        }
        if (std::string_view("[]{},:\"'&*!?").find(c) == std::string_view::npos) continue;
        if (c == '[' || c == '{') ++open;
        if ((c == ']' || c == '}') && open > 0) --open;
        if (++marks > within.most_marks)
            return "line " + std::to_string(line) + ": more than " + std::to_string(within.most_marks) +
                   " marks such as , : and \" in a line or since a [ or { that is not closed; use several "
                   "files";
    }
    return {};
}

void note_doubled_keys(yaml_node const& in, std::vector<std::string>& problems, std::size_t most) {
    std::set<std::string_view> seen;
    for (auto const& [key, value] : in.fields) {
        if (problems.size() > most) return;
        if (key.what == yaml_node::kind::text && !seen.insert(key.text).second)
            problems.push_back(problems.size() == most
                                   ? "more problems: not looked at before these are solved"
                                   : "line " + std::to_string(key.line) + ": " +
                                         std::string(sql::first_bytes(key.text, 100)) + ": stands twice");
        note_doubled_keys(value, problems, most);
    }
    for (auto const& item : in.items)
        note_doubled_keys(item, problems, most);
}

bool may_stand_in_a_block(std::string_view text) {
    if (text.find('\n') == text.npos || text.back() == '\n' || text.front() == ' ' || text.front() == '\n')
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        bool const ends_in_blank = c == ' ' && (i + 1 == text.size() || text[i + 1] == '\n');
        if (c != '\n' && (c < ' ' || c > '~' || ends_in_blank)) return false;
    }
    return true;
}

std::string in_a_block(std::string_view text, std::size_t indent) {
    std::string const margin(indent, ' ');
    std::string out = "|-\n" + margin;
    for (char c : text) {
        if (c == '\n' && out.ends_with("\n" + margin)) out.resize(out.size() - margin.size());
        out += c;
        if (c == '\n') out += margin;
    }
    return out;
}

std::string in_quotes(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out = "\"";
    for (char c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (byte < ' ' || byte == 0x7f)
            ((out += "\\x") += digits[byte >> 4]) += digits[byte & 15];
        else
            out += c;
    }
    return out + '"';
}

}  // namespace

yaml_node const* yaml_node::find(std::string_view key) const {
    auto const found = std::ranges::find_if(fields, [&](auto const& f) { return f.key.text == key; });
    return found == fields.end() ? nullptr : &found->value;
}

yaml_tree read_yaml(std::string const& text, yaml_bounds within) {
    yaml_tree out;
    if (text.size() > within.most_bytes) {
        out.problems.push_back("the file has " + std::to_string(text.size()) + " bytes; at most " +
                               std::to_string(within.most_bytes) + " are read");
        return out;
    }
    if (auto problem = too_many_marks(text, within); !problem.empty()) {
        out.problems.push_back(std::move(problem));
        return out;
    }
    try {
        std::istringstream from(text);
        YAML::Parser parser(from);
        builder made(within);
        parser.HandleNextDocument(made);
        out.root = made.take();
        builder second(within);
        if (parser.HandleNextDocument(second))
            out.problems.push_back("the file holds more than one document: only one is read");
        note_doubled_keys(out.root, out.problems, within.most_problems);
    } catch (YAML::Exception const& e) {
        out.problems.push_back("line " + std::to_string(e.mark.line + 1) + ": " + e.msg);
    }
    return out;
}

std::string to_yaml(std::string_view text, std::size_t indent) {
    return may_stand_in_a_block(text) ? in_a_block(text, indent + 2) : in_quotes(text);
}

}  // namespace vanna::ask
