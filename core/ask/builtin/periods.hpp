// Expressions of time: "last year", "in March 2024", "the first quarter of 2023", "the past 30 days",
// "yesterday". Each becomes a half-open range of days, relative to a given today; weeks start on Monday.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "core/ask/builtin/lexer.hpp"

namespace vanna::ask::builtin {

struct period {
    std::chrono::sys_days from, until;  // until is the day after the last
    bool year_only = false;             // a bare number, which may also be just that (1900 to 2100)
};

struct found_period {
    period when;
    std::size_t tokens = 0;  // how many of them it took
};

// The period that starts at the first token; nothing when none does.
std::optional<found_period> read_period(std::span<token const> tokens, std::chrono::year_month_day today);
// "2024-03-01", as SQLite and PostgreSQL both compare it.
std::string iso_date(std::chrono::sys_days day);

}  // namespace vanna::ask::builtin
