// The sample company in memory: what each generator adds and the later ones read. Identifiers are 1-based row
// numbers (id == index + 1); nothing here knows about SQLite.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar.hpp"

namespace vanna::sample {

// An exact decimal with two places: money in euros, percentages, kilograms.
struct hundredths {
    std::int64_t count = 0;
    friend constexpr auto operator<=>(hundredths, hundredths) = default;
    friend constexpr hundredths operator+(hundredths a, hundredths b) { return {a.count + b.count}; }
    friend constexpr hundredths operator-(hundredths a, hundredths b) { return {a.count - b.count}; }
    friend constexpr hundredths operator*(hundredths a, std::int64_t n) { return {a.count * n}; }
    constexpr hundredths& operator+=(hundredths b) { return count += b.count, *this; }
    // a * n / d, halves away from zero; not for negative amounts.
    constexpr hundredths scaled(std::int64_t n, std::int64_t d) const { return {(count * n + d / 2) / d}; }
};
using money = hundredths;
constexpr money euros(std::int64_t whole) {
    return {whole * 100};
}

struct country;  // names.hpp

struct employee {
    int id, department;
    std::string first_name, last_name, email;
    std::string_view title, city;
    int manager;  // 0: nobody above
    day hired;
    std::optional<day> left;
    money salary;
    bool at_work(day d) const { return hired <= d && (!left || d < *left); }
};

struct supplier {
    int id;
    std::string name;
    country const* home;
    std::string_view city;
    int lead_time_days;
    hundredths rating;
};

struct product {
    int id, category, supplier;
    std::string sku, name;
    money list_price, unit_cost;
    hundredths weight_kg;
    day launched;
    std::optional<day> discontinued;
    bool sold_on(day d) const { return launched <= d && (!discontinued || d < *discontinued); }
};

enum segment : std::size_t { enterprise, mid_market, small_business, public_sector };

struct customer {
    int id;
    std::string name, email, phone;
    segment kind;
    std::string_view industry, city;
    country const* home;
    money credit_limit;
    int payment_terms_days, account_manager;
    day signed_up;
    std::optional<day> lost;
    int pull;   // how often it orders, against the others
    int habit;  // how late it pays: 0 on time … 3 very late
    std::optional<day> last_order;
};

struct order_item {
    int product, quantity;
    money unit_price;
    int discount_percent;
    money total;
};

struct order {
    int id, customer, employee, warehouse;
    std::string number;
    day ordered, required;
    std::optional<day> shipped, delivered;
    std::string_view status, channel;
    money shipping;
    std::vector<order_item> items;
};

struct invoice {
    int id, order, customer;
    std::string number;
    day issued, due;
    money subtotal, shipping, tax, total, gross, cost, paid;  // gross: before discounts
    hundredths tax_rate;
    std::optional<day> paid_on, written_off;
    std::string_view status;
    money balance() const { return total - paid; }
};

struct payment {
    int id, invoice;
    day received;
    money amount;
    std::string_view method;
    std::string reference;
};

struct stock_level {
    int warehouse, product, on_hand, reorder_level;
    day counted;
};

struct purchase_order {
    int id, supplier, warehouse, buyer;
    std::string number;
    day ordered, expected;
    std::optional<day> received, paid;
    money total;
    std::string_view status;
};

struct expense {
    int id, department, employee, account;  // employee 0: nobody in particular
    day spent;
    std::string_view category, vendor;
    money amount;
    std::string_view status;
};

struct company {
    std::vector<employee> employees;
    std::vector<supplier> suppliers;
    std::vector<product> products;
    std::vector<customer> customers;
    std::vector<order> orders;
    std::vector<invoice> invoices;
    std::vector<payment> payments;
    std::vector<stock_level> stock;
    std::vector<purchase_order> purchases;
    std::vector<expense> expenses;
};

template <class Row>
auto& at(std::vector<Row>& rows, int id) {
    return rows[static_cast<std::size_t>(id - 1)];
}
template <class Row>
auto const& at(std::vector<Row> const& rows, int id) {
    return rows[static_cast<std::size_t>(id - 1)];
}

// Sorts by a day; rows with the same key stay in their order, so that every standard library agrees.
template <class Row, class Key>
void sort_keeping_ties(std::vector<Row>& rows, Key key) {
    std::vector<std::pair<day, std::size_t>> order;
    for (std::size_t i = 0; i < rows.size(); ++i)
        order.emplace_back(std::invoke(key, rows[i]), i);
    std::ranges::sort(order);
    std::vector<Row> sorted;
    for (auto const& [when, i] : order)
        sorted.push_back(std::move(rows[i]));
    rows = std::move(sorted);
}

// In this order; each needs what those before it made.
void hire_people(company& c);
void list_products(company& c);
void sign_customers(company& c);
void take_orders(company& c);
void bill_and_collect(company& c);
void buy_stock(company& c);
void spend(company& c);

}  // namespace vanna::sample
