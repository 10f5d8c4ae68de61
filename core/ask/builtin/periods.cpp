#include "core/ask/builtin/periods.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vanna::ask::builtin {
namespace {

using namespace std::chrono;

constexpr auto month_names =
    std::to_array<std::string_view>({"january", "february", "march", "april", "may", "june", "july", "august",
                                     "september", "october", "november", "december"});
enum class unit { day, week, month, quarter, year };

std::optional<unit> unit_of(token const& t) {
    auto const& w = t.as_word.singular;
    if (w == "day") return unit::day;
    if (w == "week") return unit::week;
    if (w == "month") return unit::month;
    if (w == "quarter") return unit::quarter;
    if (w == "year") return unit::year;
    return {};
}

std::optional<unsigned> month_of(token const& t) {
    if (t.what != token::kind::word) return {};
    auto const& w = t.as_word.text;
    for (unsigned i = 0; i < month_names.size(); ++i)
        if (w == month_names[i] || (w.size() == 3 && w != "may" && month_names[i].starts_with(w)) ||
            (w == "sept" && i == 8))
            return i + 1;
    return {};
}

std::optional<int> year_of(token const& t) {
    if (t.what != token::kind::number || t.digits.size() != 4 || t.number < 1900 || t.number > 2100)
        return {};
    return int(t.number);
}

sys_days first_day(unit u, year_month_day day) {
    auto const m = unsigned(day.month());
    switch (u) {
        case unit::day:
            return sys_days(day);
        case unit::week:
            return sys_days(day) - (weekday(sys_days(day)) - Monday);
        case unit::month:
            return sys_days(day.year() / day.month() / 1);
        case unit::quarter:
            return sys_days(day.year() / month((m - 1) / 3 * 3 + 1) / 1);
        case unit::year:
            return sys_days(day.year() / January / 1);
    }
    return sys_days(day);
}

sys_days moved(unit u, sys_days from, int by) {
    year_month_day const day(from);
    auto const months_on = [&](int n) {
        auto const target = day.year() / day.month() + months(n);
        auto const last = target / std::chrono::last;
        return sys_days(target / std::min(day.day(), last.day()));
    };
    switch (u) {
        case unit::day:
            return from + days(by);
        case unit::week:
            return from + days(7 * by);
        case unit::month:
            return months_on(by);
        case unit::quarter:
            return months_on(3 * by);
        case unit::year:
            return months_on(12 * by);
    }
    return from;
}

period whole(unit u, year_month_day day, int offset = 0) {
    auto const from = moved(u, first_day(u, day), offset);
    return {from, moved(u, from, 1)};
}

period quarter_of(int y, int q) {
    return whole(unit::quarter, year(y) / month(unsigned(q * 3 - 2)) / 1);
}

std::optional<int> ordinal(token const& t) {
    static constexpr auto names = std::to_array<std::string_view>({"first", "second", "third", "fourth"});
    static constexpr auto short_names = std::to_array<std::string_view>({"1st", "2nd", "3rd", "4th"});
    for (int i = 0; i < 4; ++i)
        if (t.as_word.text == names[std::size_t(i)] || t.as_word.text == short_names[std::size_t(i)])
            return i + 1;
    return {};
}

class reader {
  public:
    reader(std::span<token const> tokens, year_month_day today) : tokens_(tokens), today_(today) {}

    std::optional<found_period> run() {
        skip_article();
        for (auto rule : {&reader::single_word, &reader::relative, &reader::rolling, &reader::quarter,
                          &reader::month_and_year, &reader::plain})
            if (auto found = (this->*rule)()) return found_period{*found, at_};
        return {};
    }

  private:
    token const* peek(std::size_t ahead = 0) const {
        return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
    }
    bool word_is(std::size_t ahead, std::initializer_list<std::string_view> any) const {
        auto const* t = peek(ahead);
        return t && t->what == token::kind::word &&
               std::find(any.begin(), any.end(), t->as_word.text) != any.end();
    }
    std::optional<period> take(std::size_t count, period p) {
        at_ += count;
        return p;
    }
    void skip_article() {
        if (word_is(0, {"the"}) && tokens_.size() > 1) {
            auto const* next = peek(1);
            bool const starts = word_is(1, {"last", "past", "previous", "current", "year", "month"}) ||
                                ordinal(*next) || word_is(1, {"next"});
            if (starts) ++at_;
        }
    }

    std::optional<period> single_word() {
        if (word_is(0, {"today"})) return take(1, whole(unit::day, today_));
        if (word_is(0, {"yesterday"})) return take(1, whole(unit::day, today_, -1));
        if (word_is(0, {"tomorrow"})) return take(1, whole(unit::day, today_, 1));
        if (word_is(0, {"ytd"})) return take(1, to_date(unit::year));
        return {};
    }
    period to_date(unit u) const { return {first_day(u, today_), sys_days(today_) + days(1)}; }

    std::optional<period> relative() {  // this month, last year, previous quarter, year to date
        auto const* next = peek(1);
        auto const u = next ? unit_of(*next) : std::nullopt;
        if (word_is(0, {"year", "month", "quarter"}) && word_is(1, {"to"}) && word_is(2, {"date"}))
            return take(3, to_date(*unit_of(*peek())));
        if (!u || next->as_word.text != next->as_word.singular) return {};
        if (word_is(0, {"this", "current"})) return take(2, whole(*u, today_));
        if (word_is(0, {"last", "previous", "prior", "past"})) return take(2, whole(*u, today_, -1));
        if (word_is(0, {"next", "coming"})) return take(2, whole(*u, today_, 1));
        return {};
    }

    std::optional<period> rolling() {  // the last 30 days: up to and including today
        if (!word_is(0, {"last", "past", "previous", "next"})) return {};
        auto const* n = peek(1);
        auto const* what = peek(2);
        if (!n || !what || n->what != token::kind::number || n->number < 1 || n->number > 1000 ||
            n->digits.find('.') != std::string::npos)
            return {};
        auto const u = unit_of(*what);
        if (!u) return {};
        auto const count = int(n->number);
        sys_days const now(today_);
        if (word_is(0, {"next"})) return take(3, {now + days(1), moved(*u, now, count) + days(1)});
        return take(3, {moved(*u, now + days(1), -count), now + days(1)});
    }

    std::optional<period> quarter() {  // Q1 2024, first quarter of 2024, 2024 Q1
        auto const q_name = [&](std::size_t ahead) -> std::optional<int> {
            auto const* t = peek(ahead);
            if (!t || t->what != token::kind::word) return {};
            auto const& w = t->as_word.text;
            if (w.size() == 2 && w[0] == 'q' && w[1] >= '1' && w[1] <= '4') return w[1] - '0';
            return {};
        };
        std::size_t used = 0;
        std::optional<int> q = q_name(0);
        if (q) {
            used = 1;
        } else if (peek() && (q = ordinal(*peek())) && word_is(1, {"quarter"})) {
            used = 2;
        } else if (peek() && year_of(*peek()) && q_name(1)) {
            return take(2, quarter_of(*year_of(*peek()), *q_name(1)));
        } else {
            return {};
        }
        if (word_is(used, {"of", "in"})) ++used;
        if (auto const* t = peek(used); t && year_of(*t)) return take(used + 1, quarter_of(*year_of(*t), *q));
        if (word_is(used, {"this"}) && word_is(used + 1, {"year"}))
            return take(used + 2, quarter_of(int(today_.year()), *q));
        if (word_is(used, {"last"}) && word_is(used + 1, {"year"}))
            return take(used + 2, quarter_of(int(today_.year()) - 1, *q));
        if (used > 0 && word_is(used - 1, {"of", "in"})) return {};
        return take(used, quarter_of(int(today_.year()), *q));
    }

    std::optional<period> month_and_year() {  // March 2024, March of last year, 5 March 2024, March 5, 2024
        auto const* t = peek();
        if (!t) return {};
        std::optional<unsigned> day_number;
        std::size_t used = 0;
        auto const day_at = [&](std::size_t ahead) -> std::optional<unsigned> {
            auto const* d = peek(ahead);
            if (!d) return {};
            if (d->what == token::kind::number && d->digits.size() <= 2 && d->number >= 1 && d->number <= 31)
                return unsigned(d->number);
            auto const& w = d->as_word.text;
            if (d->what == token::kind::word && w.size() >= 3 && w.size() <= 4 &&
                (w.ends_with("st") || w.ends_with("nd") || w.ends_with("rd") || w.ends_with("th"))) {
                unsigned n = 0;
                for (std::size_t i = 0; i + 2 < w.size(); ++i) {
                    if (w[i] < '0' || w[i] > '9') return {};
                    n = n * 10 + unsigned(w[i] - '0');
                }
                if (n >= 1 && n <= 31) return n;
            }
            return {};
        };
        if (!month_of(*t)) {
            day_number = day_at(0);
            if (!day_number) return {};
            used = 1;
            if (word_is(used, {"of"})) ++used;
        }
        auto const* name = peek(used);
        if (!name || !month_of(*name)) return {};
        auto const m = *month_of(*name);
        bool const may_be_verb = name->as_word.text == "may" || name->as_word.text == "march";
        ++used;
        if (!day_number)
            if (auto const d = day_at(used); d) {
                day_number = d;
                ++used;
            }
        if (auto const* c = peek(used); c && c->what == token::kind::comma && c->text == ",") {
            if (auto const* y = peek(used + 1); y && year_of(*y)) ++used;
        }
        if (word_is(used, {"of", "in"})) ++used;
        std::optional<int> y;
        if (auto const* after = peek(used); after && year_of(*after)) {
            y = year_of(*after);
            ++used;
        } else if (word_is(used, {"this", "last"}) && word_is(used + 1, {"year"})) {
            y = int(today_.year()) - (word_is(used, {"last"}) ? 1 : 0);
            used += 2;
        } else {
            if (word_is(used - 1, {"of", "in"})) --used;
            if (may_be_verb && !name->capitalised) return {};
            y = int(today_.year()) - (m > unsigned(today_.month()) ? 1 : 0);  // the latest that has begun
        }
        year_month_day const from{year(*y), month(m), day(day_number.value_or(1))};
        if (!from.ok()) return {};
        return take(used, whole(day_number ? unit::day : unit::month, from));
    }

    std::optional<period> plain() {  // 2024-03-05, 2024, the year 2024
        if (word_is(0, {"year"}) && peek(1) && year_of(*peek(1))) {
            auto p = whole(unit::year, year(*year_of(*peek(1))) / 1 / 1);
            return take(2, p);
        }
        auto const* t = peek();
        if (t && t->what == token::kind::date) return take(1, whole(unit::day, t->date));
        if (t && year_of(*t)) {
            auto p = whole(unit::year, year(*year_of(*t)) / 1 / 1);
            p.year_only = true;
            return take(1, p);
        }
        return {};
    }

    std::span<token const> tokens_;
    year_month_day today_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<found_period> read_period(std::span<token const> tokens, year_month_day today) {
    return reader(tokens, today).run();
}

std::string iso_date(sys_days day) {
    year_month_day const d(day);
    auto const two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    auto const y = int(d.year());
    return std::string(y < 1000 ? std::size_t(y < 10    ? 3
                                              : y < 100 ? 2
                                                        : 1)
                                : 0,
                       '0') +
           std::to_string(y) + "-" + two(unsigned(d.month())) + "-" + two(unsigned(d.day()));
}

}  // namespace vanna::ask::builtin
