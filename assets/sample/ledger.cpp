#include "ledger.hpp"

#include <algorithm>
#include <stdexcept>

#include "departments.hpp"

namespace vanna::sample {
namespace {

enum : int {
    cash = 1000,
    receivables = 1100,
    inventory = 1200,
    equipment = 1500,
    depreciated = 1590,
    payables = 2000,
    sales_tax = 2200,
    loan = 2500,
    share_capital = 3000,
    retained = 3100,
    product_sales = 4000,
    shipping_income = 4100,
    discounts = 4900,
    goods_sold = 5000,
    salaries = 6000,
    social_security = 6010,
    depreciation = 6500,
    bad_debts = 6800,
    interest = 7000
};

class bookkeeper {
  public:
    explicit bookkeeper(company const& c) : company_(c) {}

    std::vector<journal> all() && {
        open_books();
        for (auto const& i : company_.invoices)
            invoice_sent(i);
        for (auto const& p : company_.payments)
            payment_received(p);
        for (auto const& p : company_.purchases)
            goods_bought(p);
        for (auto const& e : company_.expenses)
            expense_paid(e);
        for (int m = 0; m < months_total; ++m)
            month_closed(m);
        sort_keeping_ties(journals_, &journal::date);
        return std::move(journals_);
    }

  private:
    journal& start(day date, std::string_view source, std::string reference, std::string description) {
        return journals_.emplace_back(
            journal{date, source, std::move(reference), std::move(description), {}});
    }
    static void debit(journal& j, int account, money amount, int department = 0) {
        if (amount > money{}) j.entries.push_back({account, department, amount, {}});
    }
    static void credit(journal& j, int account, money amount, int department = 0) {
        if (amount > money{}) j.entries.push_back({account, department, {}, amount});
    }

    void open_books() {
        money stock;
        for (auto const& s : company_.stock)
            stock += at(company_.products, s.product).unit_cost * s.on_hand;
        for (auto const& p : company_.purchases)
            if (p.received) stock = stock - p.total;
        for (auto const& i : company_.invoices)
            stock += i.cost;
        if (stock < euros(100000)) throw std::logic_error("the opening stock would be negative");
        auto& j = start(first_day, "opening", "OPEN-2021", "Opening balances");
        debit(j, cash, euros(2400000));
        debit(j, inventory, stock);
        debit(j, equipment, euros(960000));
        credit(j, loan, euros(1500000));
        credit(j, share_capital, euros(1000000));
        credit(j, retained, euros(2400000 + 960000 - 2500000) + stock);
    }

    void invoice_sent(invoice const& i) {
        auto& j = start(i.issued, "invoice", i.number, "Sale to " + at(company_.customers, i.customer).name);
        debit(j, receivables, i.total);
        debit(j, discounts, i.gross - i.subtotal);
        credit(j, product_sales, i.gross);
        credit(j, shipping_income, i.shipping);
        credit(j, sales_tax, i.tax);
        debit(j, goods_sold, i.cost);
        credit(j, inventory, i.cost);
        tax_[static_cast<std::size_t>(month_index(i.issued) / 3)] += i.tax;
        if (!i.written_off) return;
        auto& lost = start(*i.written_off, "write-off", i.number, "Bad debt written off");
        debit(lost, bad_debts, i.balance());
        credit(lost, receivables, i.balance());
    }

    void payment_received(payment const& p) {
        auto const& i = at(company_.invoices, p.invoice);
        auto& j = start(p.received, "payment", p.reference, "Payment for " + i.number);
        debit(j, cash, p.amount);
        credit(j, receivables, p.amount);
    }

    void goods_bought(purchase_order const& p) {
        if (!p.received) return;
        auto const& maker = at(company_.suppliers, p.supplier).name;
        auto& j = start(*p.received, "purchase", p.number, "Goods from " + maker);
        debit(j, inventory, p.total);
        credit(j, payables, p.total);
        if (!p.paid) return;
        auto& paid = start(*p.paid, "supplier payment", p.number, "Payment to " + maker);
        debit(paid, payables, p.total);
        credit(paid, cash, p.total);
    }

    void expense_paid(expense const& e) {
        if (e.status != "paid") return;
        auto& j = start(e.spent, "expense", "EXP-" + std::to_string(e.id), std::string(e.vendor));
        debit(j, e.account, e.amount, e.department);
        credit(j, cash, e.amount);
    }

    void month_closed(int m) {
        auto const end = month_end(m);
        auto const label = text(end).substr(0, 7);
        for (int d = 1; d <= static_cast<int>(std::size(department_names)); ++d)
            pay_salaries(d, end, label);
        auto& worn = start(end, "depreciation", "DEP-" + label, "Monthly depreciation of equipment");
        debit(worn, depreciation, euros(8000));
        credit(worn, depreciated, euros(8000));
        auto& bank = start(end, "interest", "INT-" + label, "Loan interest");
        debit(bank, interest, euros(4375));
        credit(bank, cash, euros(4375));
        if (m % 3 != 0 || m == 0) return;
        auto& tax = start(month_start(m) + days{19}, "tax", "VAT-" + label, "Sales tax of the last quarter");
        debit(tax, sales_tax, tax_[static_cast<std::size_t>(m / 3 - 1)]);
        credit(tax, cash, tax_[static_cast<std::size_t>(m / 3 - 1)]);
    }

    void pay_salaries(int department, day end, std::string const& label) {
        money monthly;
        for (auto const& e : company_.employees)
            if (e.department == department && e.at_work(end)) monthly += e.salary.scaled(1, 12);
        auto const social = monthly.scaled(21, 100);
        auto const& name = department_names[department - 1];
        auto& j = start(end, "payroll", "PAY-" + label + "-" + std::to_string(department),
                        "Salaries of " + std::string(name));
        debit(j, salaries, monthly, department);
        debit(j, social_security, social, department);
        credit(j, cash, monthly + social);
    }

    company const& company_;
    std::vector<journal> journals_;
    std::array<money, months_total / 3> tax_{};
};

}  // namespace

std::vector<account> const& chart_of_accounts() {
    static std::vector<account> const chart = {
        {cash, "Cash at Bank", "asset", "debit"},
        {receivables, "Accounts Receivable", "asset", "debit"},
        {inventory, "Inventory", "asset", "debit"},
        {equipment, "Equipment", "asset", "debit"},
        {depreciated, "Accumulated Depreciation", "asset", "credit"},
        {payables, "Accounts Payable", "liability", "credit"},
        {sales_tax, "Sales Tax Payable", "liability", "credit"},
        {loan, "Bank Loan", "liability", "credit"},
        {share_capital, "Share Capital", "equity", "credit"},
        {retained, "Retained Earnings", "equity", "credit"},
        {product_sales, "Product Sales", "revenue", "credit"},
        {shipping_income, "Shipping Income", "revenue", "credit"},
        {discounts, "Sales Discounts", "revenue", "debit"},
        {goods_sold, "Cost of Goods Sold", "expense", "debit"},
        {salaries, "Salaries", "expense", "debit"},
        {social_security, "Social Security Contributions", "expense", "debit"},
        {6100, "Rent", "expense", "debit"},
        {6110, "Utilities", "expense", "debit"},
        {6200, "Marketing", "expense", "debit"},
        {6210, "Travel", "expense", "debit"},
        {6220, "Entertainment", "expense", "debit"},
        {6300, "Software", "expense", "debit"},
        {6310, "Telecommunications", "expense", "debit"},
        {6400, "Professional Fees", "expense", "debit"},
        {6410, "Insurance", "expense", "debit"},
        {6420, "Training", "expense", "debit"},
        {6430, "Recruitment", "expense", "debit"},
        {6440, "Office Costs", "expense", "debit"},
        {6450, "Freight", "expense", "debit"},
        {6460, "Vehicles", "expense", "debit"},
        {depreciation, "Depreciation", "expense", "debit"},
        {bad_debts, "Bad Debts", "expense", "debit"},
        {interest, "Interest", "expense", "debit"},
    };
    return chart;
}

std::vector<journal> keep_books(company const& c) {
    return bookkeeper(c).all();
}

}  // namespace vanna::sample
