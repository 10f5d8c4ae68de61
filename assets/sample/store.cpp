// Writes the sample company into the tables of schema.sql.
#include "store.hpp"

#include <array>

#include "catalogue.hpp"
#include "database.hpp"
#include "departments.hpp"
#include "ledger.hpp"
#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

std::optional<int> reference(int id) {
    return id ? std::optional(id) : std::nullopt;
}

void store_organisation(company const& c, database& db) {
    for (int id = 0; auto const& r : regions())
        db.insert("regions", ++id, r.name, r.sales_office);
    for (int id = 0; auto const& o : offices())
        db.insert("warehouses", ++id, o.warehouse, o.city, o.country, o.region, o.capacity_pallets);
    constexpr std::array budgets = {460, 2100, 780, 560, 2450, 420, 720, 290, 700, 330};  // thousands
    for (int id = 1; id <= static_cast<int>(std::size(department_names)); ++id) {
        auto const& head = at(c.employees, id);
        db.insert("departments", id, department_names[id - 1], head.city,
                  euros(budgets[static_cast<std::size_t>(id - 1)] * 1000), head.id);
    }
    for (auto const& e : c.employees)
        db.insert("employees", e.id, e.first_name, e.last_name, e.email, e.title, e.department,
                  reference(e.manager), e.city, e.hired, e.left, e.salary);
}

// Blocked: owes an invoice for more than half a year. Inactive: ordered nothing in the last year.
std::string_view status_of(customer const& n, std::vector<bool> const& defaulted) {
    if (!n.last_order) return "prospect";
    if (defaulted[static_cast<std::size_t>(n.id)]) return "blocked";
    return last_day - *n.last_order < days{365} ? "active" : "inactive";
}

void store_contacts(customer const& n, int& id, random_stream& random, database& db) {
    constexpr std::string_view titles =
        "Purchasing Manager|Office Manager|Finance Director|IT Manager|Head of Facilities";
    auto const domain = n.email.substr(n.email.find('@'));
    for (int left = 1 + static_cast<int>(random.weighted(std::array{35, 40, 25})), number = 0; number < left;
         ++number) {
        auto const first = std::string(word(random, n.home->first_names));
        auto const last = std::string(word(random, n.home->last_names));
        auto const title = word(random, titles);
        db.insert("customer_contacts", ++id, n.id, first, last, title,
                  slug(first, '-') + "." + slug(last, '-') + domain, number == 0);
    }
}

void store_customers(company const& c, database& db) {
    std::vector<bool> defaulted(c.customers.size() + 1);
    for (auto const& i : c.invoices)
        if (i.status == "overdue" && last_day - i.due > days{180})
            defaulted[static_cast<std::size_t>(i.customer)] = true;
    random_stream random("contacts");
    for (int contact = 0; auto const& n : c.customers) {
        constexpr std::array segments = {"Enterprise", "Mid-Market", "Small Business", "Public Sector"};
        db.insert("customers", n.id, n.name, segments[n.kind], n.industry, n.home->region, n.home->name,
                  n.city, n.email, n.phone, n.credit_limit, n.payment_terms_days, n.account_manager,
                  n.signed_up, status_of(n, defaulted));
        store_contacts(n, contact, random, db);
    }
}

void store_goods(company const& c, database& db) {
    for (auto const& s : c.suppliers)
        db.insert("suppliers", s.id, s.name, s.home->name, s.city, s.lead_time_days, s.rating);
    for (auto const& g : categories())
        db.insert("product_categories", g.id, g.name, reference(g.parent));
    for (auto const& p : c.products)
        db.insert("products", p.id, p.sku, p.name, p.category, p.supplier, p.list_price, p.unit_cost,
                  p.weight_kg, p.launched, p.discontinued);
    for (auto const& s : c.stock)
        db.insert("stock_levels", s.warehouse, s.product, s.on_hand, s.reorder_level, s.counted);
    for (auto const& p : c.purchases)
        db.insert("purchase_orders", p.id, p.number, p.supplier, p.warehouse, p.buyer, p.ordered, p.expected,
                  p.received, p.paid, p.total, p.status);
}

void store_sales(company const& c, database& db) {
    for (int item = 0; auto const& o : c.orders) {
        money total = o.shipping;
        for (auto const& i : o.items)
            total += i.total;
        db.insert("orders", o.id, o.number, o.customer, o.employee, o.warehouse, o.ordered, o.required,
                  o.shipped, o.delivered, o.status, o.channel, o.shipping, total);
        for (int line = 0; auto const& i : o.items)
            db.insert("order_items", ++item, o.id, ++line, i.product, i.quantity, i.unit_price,
                      i.discount_percent, i.total);
    }
    for (auto const& i : c.invoices)
        db.insert("invoices", i.id, i.number, i.order, i.customer, i.issued, i.due, i.subtotal, i.shipping,
                  i.tax_rate, i.tax, i.total, i.paid, i.paid_on, i.status);
    for (auto const& p : c.payments)
        db.insert("payments", p.id, p.invoice, at(c.invoices, p.invoice).customer, p.received, p.amount,
                  p.method, p.reference);
}

void store_books(company const& c, database& db) {
    for (auto const& a : chart_of_accounts())
        db.insert("accounts", a.id, a.name, a.type, a.normal_balance);
    for (auto const& e : c.expenses)
        db.insert("expenses", e.id, e.spent, e.department, reference(e.employee), e.account, e.category,
                  e.vendor, e.amount, e.status);
    for (int number = 0, line = 0; auto const &j : keep_books(c)) {
        db.insert("journals", ++number, j.date, j.source, j.reference, j.description);
        for (auto const& e : j.entries)
            db.insert("accounting_entries", ++line, number, e.account, reference(e.department), j.date,
                      e.debit, e.credit);
    }
}

}  // namespace

void store(company const& c, database& db) {
    store_organisation(c, db);
    store_customers(c, db);
    store_goods(c, db);
    store_sales(c, db);
    store_books(c, db);
}

}  // namespace vanna::sample
