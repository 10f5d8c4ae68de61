#include "core/ask/follow_up.hpp"

#include <algorithm>

#include "core/ask/builtin/words.hpp"
#include "core/ask/clauses.hpp"

namespace vanna::ask {
namespace {

using words = std::vector<std::string>;

constexpr std::string_view openings[] = {"what about", "how about", "and",  "but",  "or",   "also",
                                         "now",        "then",      "only", "just", "same", "please"};
// A question that begins with one of these and asks nothing itself is a part of one.
constexpr std::string_view parts[] = {"by",      "per",    "for",       "in",      "of",     "from",
                                      "since",   "before", "after",     "between", "during", "with",
                                      "without", "where",  "excluding", "except",  "on",     "at"};
constexpr std::string_view asking[] = {
    "how",  "what",  "which", "who",     "whose", "whom",    "where", "when",   "why", "show", "list",
    "give", "count", "find",  "tell",    "is",    "are",     "was",   "were",   "do",  "does", "did",
    "has",  "have",  "get",   "display", "name",  "average", "total", "number", "sum"};
constexpr std::string_view backwards[] = {"those", "these", "them", "they"};
constexpr std::size_t longest_addition = 200;

bool among(auto const& list, std::string_view word) {
    return std::ranges::find(list, word) != std::end(list);
}

bool is_letter(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) || byte >= 0x80;
}

words words_of(std::string_view text) {
    words out;
    bool inside = false;
    for (char c : builtin::lower(text)) {
        if (!is_letter(c))
            inside = false;
        else if (std::exchange(inside, true))
            out.back() += c;
        else
            out.emplace_back(1, c);
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view around = " \t\r\n.,;:?!-";
    auto const first = text.find_first_not_of(around);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(around) - first + 1);
}

// Without the words that only say that it goes on.
std::string_view without_openings(std::string_view text) {
    for (bool again = true; again;) {
        again = false;
        text = trimmed(text);
        auto const low = builtin::lower(text);
        for (auto const opening : openings) {
            bool const begins =
                low.starts_with(opening) && (low.size() == opening.size() || !is_letter(low[opening.size()]));
            if (!begins) continue;
            text.remove_prefix(opening.size());
            again = true;
            break;
        }
    }
    return text;
}

class continuing final : public local_generator {
  public:
    explicit continuing(std::shared_ptr<local_generator const> by) : by_(std::move(by)) {}
    std::string_view name() const override { return by_->name(); }
    generated nothing_better() const override { return by_->nothing_better(); }

    result<generated> answer(context const& what, deadline limit) const override {
        auto const addition = what.earlier.empty() ? std::nullopt : addition_of(what.question);
        if (!addition) return by_->answer(what, limit);
        auto const before = in_full(what, what.earlier.size(), limit);
        if (!before) return before.error();
        auto found = before->empty() ? result<generated>(generated{})
                                     : continued(what, *before, what.earlier.back().sql, *addition, limit);
        if (!found || !found->sql.empty()) return found;
        return asked_back(what.question);
    }

  private:
    // The turn before `end` as one question that gives its statement; empty: there is none.
    result<std::string> in_full(context const& what, std::size_t end, deadline limit) const {
        auto const& turn = what.earlier[end - 1];
        auto const addition = addition_of(turn.question);
        if (!addition) {
            auto const again = ask(what, turn.question, limit);
            if (!again) return again.error();
            return again->sql == turn.sql ? turn.question : std::string();
        }
        if (end == 1) return std::string();
        auto const before = in_full(what, end - 1, limit);
        if (!before || before->empty()) return before;
        for (auto const& question : candidates(*before, *addition)) {
            auto const again = ask(what, question, limit);
            if (!again) return again.error();
            if (again->sql == turn.sql) return question;
        }
        return std::string();
    }

    // sql empty: it is not clear how.
    result<generated> continued(context const& what, std::string const& before, std::string const& sql,
                                std::string const& addition, deadline limit) const {
        generated out;
        for (auto const& question : candidates(before, addition)) {
            auto made = ask(what, question, limit);
            if (!made) return made;
            if (made->sql.empty() || !made->unlinked.empty() || !continues(sql, made->sql)) continue;
            if (!out.sql.empty() && out.sql != made->sql) return generated{};
            if (!out.sql.empty()) continue;
            out = std::move(*made);
            out.notes.insert(out.notes.begin(), "understood as: " + question);
        }
        return out;
    }

    static std::vector<std::string> candidates(std::string const& before, std::string const& addition) {
        if (addition.empty()) return {};
        auto const start = std::string(trimmed(before));
        std::vector<std::string> out{start + " " + addition};
        auto const all = words_of(addition);
        if (!all.empty() && !among(parts, all.front())) out.push_back(start + " in " + addition);
        return out;
    }

    result<generated> ask(context const& what, std::string question, deadline limit) const {
        auto alone = what;
        alone.question = std::move(question);
        alone.earlier.clear();
        return by_->answer(alone, limit);
    }

    generated asked_back(std::string const& question) const {
        generated out;
        out.generator = by_->name();
        out.clarification = "'" + question.substr(0, question.find_first_of("\r\n")) +
                            "' seems to continue an earlier question, and I cannot tell how. Could you ask "
                            "it in full?";
        return out;
    }

    std::shared_ptr<local_generator const> by_;
};

}  // namespace

std::shared_ptr<local_generator const> with_follow_ups(std::shared_ptr<local_generator const> by) {
    return std::make_shared<continuing>(std::move(by));
}

std::optional<std::string> addition_of(std::string_view question) {
    auto const rest = without_openings(question);
    auto const all = words_of(rest);
    bool const goes_on = rest.size() != trimmed(question).size();
    bool const asks = std::ranges::any_of(all, [](auto const& w) { return among(asking, w); });
    auto const first = std::span(all).first(std::min<std::size_t>(all.size(), 3));
    bool const looks_back = std::ranges::any_of(first, [](auto const& w) { return among(backwards, w); });
    bool const is_part = !all.empty() && among(parts, all.front()) && !asks;
    if (!goes_on && !is_part && !looks_back) return {};
    if (asks || looks_back || all.empty() || rest.size() > longest_addition) return std::string();
    auto out = std::string(rest);
    if (all.size() > 1 && all.back() == "ones") out = std::string(trimmed(rest.substr(0, rest.size() - 4)));
    return out;
}

bool continues(std::string_view earlier_sql, std::string_view sql) {
    auto const was = clauses_of(earlier_sql), is = clauses_of(sql);
    if (!was || !is || was->tail != is->tail) return false;
    auto const table = [](std::string const& from) { return from.substr(0, from.find(' ')); };
    if (table(was->from) != table(is->from)) return false;
    if (was->select == is->select && was->group == is->group) return narrows(was->where, is->where);
    bool const groups = was->group.empty() && !is->group.empty() && was->where == is->where;
    return groups && is_aggregate(was->select) && is->select.ends_with(", " + was->select);
}

}  // namespace vanna::ask
