// The general ledger: every business event of the sample company as a balanced journal.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace vanna::sample {

struct account {
    int id;
    std::string_view name, type, normal_balance;
};
std::vector<account> const& chart_of_accounts();

struct entry {
    int account, department;  // department 0: the company as a whole
    money debit, credit;
};

struct journal {
    day date;
    std::string_view source;
    std::string reference, description;
    std::vector<entry> entries;
};

// All journals, oldest first. The opening stock is chosen so that the inventory account ends at the counted
// stock.
std::vector<journal> keep_books(company const& c);

}  // namespace vanna::sample
