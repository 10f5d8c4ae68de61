// Invoices follow shipments, payments follow invoices: most on time, some late or in parts, a few never.
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

struct habit {
    int early, late;  // days around the due date
    int never;        // thousandths of invoices left unpaid
};
constexpr habit habits[] = {{-14, 0, 2}, {-4, 14, 5}, {4, 48, 15}, {20, 115, 55}};

class accounts_receivable {
  public:
    explicit accounts_receivable(company& c) : company_(c) {}

    void bill_all() {
        std::vector<order const*> shipped;
        for (auto const& o : company_.orders)
            if (o.shipped) shipped.push_back(&o);
        sort_keeping_ties(shipped, [](order const* o) { return *o->shipped; });
        for (auto const* o : shipped)
            bill(*o);
    }

    void collect_all() {
        for (auto& i : company_.invoices) {
            collect(i);
            settle(i);
        }
        sort_keeping_ties(company_.payments, &payment::received);
        for (int id = 0; auto& p : company_.payments)
            p.id = ++id;
    }

  private:
    void bill(order const& o) {
        auto const& buyer = at(company_.customers, o.customer);
        invoice i{};
        i.id = static_cast<int>(company_.invoices.size()) + 1;
        i.order = o.id;
        i.customer = o.customer;
        i.issued = *o.shipped;
        i.due = i.issued + days{buyer.payment_terms_days};
        char number[32];
        std::snprintf(number, sizeof number, "INV-%d-%05d", year_of(i.issued),
                      ++this_year_[static_cast<std::size_t>(year_of(i.issued) - first_year)]);
        i.number = number;
        for (auto const& line : o.items) {
            i.subtotal += line.total;
            i.gross += line.unit_price * line.quantity;
            i.cost += at(company_.products, line.product).unit_cost * line.quantity;
        }
        i.shipping = o.shipping;
        i.tax_rate = {buyer.home->tax_hundredths};
        i.tax = (i.subtotal + i.shipping).scaled(i.tax_rate.count, 10000);
        i.total = i.subtotal + i.shipping + i.tax;
        company_.invoices.push_back(std::move(i));
    }

    void collect(invoice& i) {
        auto const& how = habits[at(company_.customers, i.customer).habit];
        auto const first = std::max(business_day(i.due + days{random_.between(how.early, how.late)}),
                                    business_day(i.issued + days{1}));
        if (random_.chance(how.never)) return;
        auto const way = random_.below(100);
        if (way < 90) {
            pay(i, first, i.total);
        } else if (way < 98) {  // two instalments
            auto const part = i.total.scaled(random_.between(40, 60), 100);
            auto const deposit = std::min(first, business_day(i.issued + days{random_.between(3, 14)}));
            pay(i, deposit, part);
            pay(i, std::max(first, business_day(deposit + days{10})), i.total - part);
        } else if (way < 99) {  // part of it stays in dispute
            pay(i, first, i.total.scaled(random_.between(50, 90), 100));
        } else {  // far too late
            pay(i, business_day(first + days{random_.between(60, 240)}), i.total);
        }
    }

    void pay(invoice& i, day received, money amount) {
        constexpr std::array methods = {"bank transfer", "direct debit", "credit card", "cheque"};
        auto const method = methods[random_.weighted(std::array{62, 20, 15, 3})];
        auto const trace = random_.between(100000, 999999);
        if (received > last_day) return;
        company_.payments.push_back({0, i.id, received, amount, method, "TX" + std::to_string(trace)});
        i.paid += amount;
        if (i.paid == i.total) i.paid_on = received;
    }

    // Whatever is owed a year after it was due is written off.
    static void settle(invoice& i) {
        auto const given_up = business_day(i.due + days{365});
        if (i.paid == i.total) {
            i.status = "paid";
        } else if (given_up <= last_day) {
            i.status = "written_off";
            i.written_off = given_up;
        } else if (i.due < last_day) {
            i.status = "overdue";
        } else {
            i.status = i.paid > money{} ? "partially_paid" : "open";
        }
    }

    company& company_;
    random_stream random_{"billing"};
    std::array<int, 5> this_year_{};
};

}  // namespace

void bill_and_collect(company& c) {
    accounts_receivable desk(c);
    desk.bill_all();
    desk.collect_all();
}

}  // namespace vanna::sample
