// What goes out: purchases that refill the stock, and the running expenses of each department.
#include <algorithm>
#include <array>
#include <cstdio>

#include "departments.hpp"
#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

struct running_cost {
    std::string_view category;
    int account, department;
    int least, most;   // how many a month
    int low, high;     // euros
    bool by_employee;  // claimed by somebody of the department
    std::string_view vendors;
};

constexpr running_cost running_costs[] = {
    {"Rent", 6100, logistics, 3, 3, 11800, 12900, false,
     "Havenpark Estates|Midlands Industrial Parks|Ohio Logistics Realty"},
    {"Rent", 6100, executive, 1, 1, 8900, 9300, false, "Maasboulevard Offices"},
    {"Utilities", 6110, logistics, 4, 5, 600, 2900, false,
     "Nordzee Energie|Stadtwerke Mitte|Severn Power|Rhone Eau"},
    {"Marketing", 6200, marketing, 4, 9, 700, 8800, false,
     "Brightline Media|Trade Fair Cologne|Kiosk Print|Pixelweide|Officeworld Expo"},
    {"Travel", 6210, sales, 16, 30, 90, 1350, true,
     "Aerolinea Air|Continental Rail|Hotel Meridiaan|City Inn Group|Autohuur Plus"},
    {"Travel", 6210, product_management, 0, 3, 140, 1600, true,
     "Aerolinea Air|Continental Rail|City Inn Group"},
    {"Travel", 6210, purchasing, 1, 4, 160, 1900, true, "Aerolinea Air|Continental Rail|Hotel Meridiaan"},
    {"Travel", 6210, executive, 0, 3, 300, 3400, true, "Aerolinea Air|Hotel Meridiaan"},
    {"Entertainment", 6220, sales, 4, 11, 45, 620, true,
     "Brasserie Centraal|The Anchor|Trattoria Nove|Haus am Markt"},
    {"Software", 6300, information_technology, 5, 8, 180, 5200, false,
     "Cloudberg Hosting|Ledgerly|Mailwarden|Officetools Online|Deskpilot"},
    {"Software", 6300, marketing, 1, 2, 120, 900, false, "Campaignly|Pixelweide"},
    {"Telecommunications", 6310, information_technology, 2, 3, 380, 1900, false, "Noordnet|Telecentra"},
    {"Professional Fees", 6400, finance, 0, 3, 900, 9800, false,
     "Bakker & Dekker Accountants|Lindholm Legal"},
    {"Insurance", 6410, finance, 1, 1, 2600, 4100, false, "Harbour Mutual"},
    {"Training", 6420, human_resources, 1, 4, 190, 2400, true, "Skillhouse|Academie Rijnmond"},
    {"Recruitment", 6430, human_resources, 0, 2, 800, 7900, false, "Talentbridge|Vacature Direct"},
    {"Office Costs", 6440, executive, 1, 3, 40, 700, true, "Stationers United|Cafe Maas"},
    {"Office Costs", 6440, customer_service, 1, 4, 30, 450, true, "Stationers United|Cafe Maas"},
    {"Freight", 6450, logistics, 11, 18, 900, 5600, false,
     "Parcelhof|TransEuropa Freight|Blue Arrow Couriers|Ohio Valley Express"},
    {"Vehicles", 6460, sales, 5, 8, 240, 1150, true, "Leaseplanet|Fuelcard Europe|Garage Zuid"},
    {"Vehicles", 6460, logistics, 3, 6, 350, 1900, false,
     "Leaseplanet|Fuelcard Europe|Forklift Service Delta"},
};

class spending_desk {
  public:
    explicit spending_desk(company& c) : company_(c) {}

    void month(int index) {
        for (auto const& cost : running_costs)
            for (auto n = random_.between(cost.least, cost.most); n > 0; --n)
                book(cost, index);
    }

  private:
    void book(running_cost const& cost, int index) {
        auto const length = (month_end(index) - month_start(index)).count();
        expense e{};
        e.spent = month_start(index) + days{random_.below(length + 1)};
        if (!cost.by_employee) e.spent = std::min(business_day(e.spent), month_end(index));
        e.department = cost.department;
        e.account = cost.account;
        e.category = cost.category;
        e.vendor = word(random_, cost.vendors);
        // Costs rose by 3 % a year; small bills are more frequent than large ones.
        auto const first = random_.between(cost.low * 100, cost.high * 100);
        auto const second = random_.between(cost.low * 100, cost.high * 100);
        e.amount = money{std::min(first, second)}.scaled(1000 + 30 * (index / 12), 1000);
        auto const rejected = random_.chance(18);
        auto const slow = random_.chance(600);
        if (cost.by_employee) {
            e.employee = somebody(cost.department, e.spent);
            if (rejected) e.status = "rejected";
        }
        if (e.status.empty()) e.status = last_day - e.spent < days{21} && slow ? "pending" : "paid";
        company_.expenses.push_back(e);
    }

    int somebody(int department, day when) {
        std::vector<int> present;
        for (auto const& e : company_.employees)
            if (e.department == department && e.at_work(when)) present.push_back(e.id);
        return random_.pick(present);
    }

    company& company_;
    random_stream random_{"expenses"};
};

void count_stock(company& c, random_stream& random) {
    std::vector<std::int64_t> sold(c.products.size());
    for (auto const& o : c.orders)
        if (o.shipped && year_of(o.ordered) == last_year)
            for (auto const& i : o.items)
                sold[static_cast<std::size_t>(i.product - 1)] += i.quantity;
    for (std::size_t w = 0; w < offices().size(); ++w)
        for (auto const& p : c.products) {
            auto const share = std::array{30, 24, 16, 14, 16}[w];
            auto const monthly = sold[static_cast<std::size_t>(p.id - 1)] * share / 1200 + 1;
            if (p.discontinued || !random.chance(w == 0 ? 1000 : 780)) continue;
            auto const counted = last_day - days{random.below(80)};
            auto const level = static_cast<int>(monthly * 2 / 3 + 1);
            auto const on_hand =
                random.chance(25) ? 0 : static_cast<int>(random.around(monthly / 3, monthly * 3));
            c.stock.push_back({static_cast<int>(w) + 1, p.id, on_hand, level, counted});
        }
}

// What each supplier's products cost in the months they were shipped; [month][supplier - 1].
std::vector<std::vector<money>> shipped_cost(company const& c) {
    std::vector<std::vector<money>> cost(months_total, std::vector<money>(c.suppliers.size()));
    for (auto const& o : c.orders) {
        if (!o.shipped) continue;
        for (auto const& i : o.items) {
            auto const& p = at(c.products, i.product);
            cost[static_cast<std::size_t>(month_index(*o.shipped))]
                [static_cast<std::size_t>(p.supplier - 1)] += p.unit_cost * i.quantity;
        }
    }
    return cost;
}

purchase_order place(supplier const& s, money amount, day ordered, int buyer, random_stream& random) {
    purchase_order p{};
    p.supplier = s.id;
    p.warehouse = random.small(1, static_cast<int>(offices().size()));
    p.buyer = buyer;
    p.ordered = ordered;
    p.expected = business_day(ordered + days{s.lead_time_days});
    p.total = amount;
    auto const received = business_day(p.expected + days{random.chance(700) ? 0 : random.between(1, 12)});
    auto const paid = business_day(received + days{random.between(25, 40)});
    p.status = "ordered";
    if (received > last_day) return p;
    p.received = received;
    p.status = "received";
    if (paid > last_day) return p;
    p.paid = paid;
    p.status = "paid";
    return p;
}

}  // namespace

// Each month the company orders from every supplier about what the next month will need.
void buy_stock(company& c) {
    random_stream random("purchases");
    count_stock(c, random);
    auto const cost = shipped_cost(c);
    std::vector<int> buyers;
    for (auto const& e : c.employees)
        if (e.department == purchasing) buyers.push_back(e.id);
    for (int m = 0; m < months_total; ++m)
        for (auto const& s : c.suppliers) {
            auto const need = cost[static_cast<std::size_t>(std::min(m + 1, months_total - 1))]
                                  [static_cast<std::size_t>(s.id - 1)];
            auto const amount = need.scaled(random.between(940, 1090), 1000);
            auto const ordered = business_day(month_start(m) + days{random.below(24)});
            int buyer = 0;
            do
                buyer = random.pick(buyers);
            while (!at(c.employees, buyer).at_work(ordered));
            if (amount >= euros(50)) c.purchases.push_back(place(s, amount, ordered, buyer, random));
        }
    sort_keeping_ties(c.purchases, &purchase_order::ordered);
    for (int id = 0; auto& p : c.purchases) {
        p.id = ++id;
        char number[32];
        std::snprintf(number, sizeof number, "PO-%d-%05d", year_of(p.ordered), p.id);
        p.number = number;
    }
}

void spend(company& c) {
    spending_desk desk(c);
    for (int m = 0; m < months_total; ++m)
        desk.month(m);
    sort_keeping_ties(c.expenses, &expense::spent);
    for (int id = 0; auto& e : c.expenses)
        e.id = ++id;
}

}  // namespace vanna::sample
