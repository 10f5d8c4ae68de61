// Orders day by day: growth over the years, seasons, weekdays; who orders what, at which price, and when it
// arrives.
#include <algorithm>
#include <array>
#include <cstdio>

#include "departments.hpp"
#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

constexpr std::array growth = {820, 950, 990, 1130, 1240};  // 2021 … 2025, thousandths
constexpr std::array season = {1080, 960, 1050, 970, 960, 1000, 820, 780, 1180, 1100, 1200, 900};
constexpr std::array week = {1350, 1400, 1330, 1300, 1080, 300, 240};
constexpr int orders_a_day = 4900;  // thousandths
constexpr std::array channel_names = {"Web Shop", "Phone", "Field Sales", "Partner", "E-Mail"};
constexpr std::array<std::array<int, 5>, 4> channel_weights = {
    {{30, 6, 46, 8, 10}, {44, 14, 24, 10, 8}, {64, 16, 4, 8, 8}, {26, 8, 34, 14, 18}}};
constexpr std::array order_size = {17, 9, 2, 11};  // by segment: quantities against those of a small business

class order_desk {
  public:
    explicit order_desk(company& c) : company_(c) {
        for (auto const& n : c.customers)
            by_customer_.add(n.pull);
        for (auto const& p : c.products)
            by_product_.add(2 + 3000 / (40 + random_.below(400)) + (p.id % 17 == 0) * 30);
        for (auto const& e : c.employees)
            if (e.department == sales && e.manager > 1) sellers_.push_back(e.id);
    }

    void open(day today) {
        auto const civil_day = civil(today);
        std::int64_t expected = orders_a_day;
        expected = expected * growth[static_cast<std::size_t>(year_of(today) - first_year)] / 1000;
        expected = expected * season[month_of(today) - 1] / 1000 * week[weekday_of(today) - 1] / 1000;
        auto const dom = static_cast<unsigned>(civil_day.day());
        if ((month_of(today) == 12 && dom >= 24 && dom <= 26) || (month_of(today) == 1 && dom == 1))
            expected /= 6;
        expected = expected * random_.between(600, 1400) / 1000;
        auto const count = expected / 1000 + (random_.chance(static_cast<int>(expected % 1000)) ? 1 : 0);
        for (std::int64_t i = 0; i < count; ++i)
            take_one(today);
    }

  private:
    void take_one(day today) {
        customer* buyer = nullptr;
        do
            buyer = &company_.customers[by_customer_.draw(random_)];
        while (buyer->signed_up > today || (buyer->lost && *buyer->lost <= today));
        order o{};
        o.id = static_cast<int>(company_.orders.size()) + 1;
        char number[32];
        std::snprintf(number, sizeof number, "SO-%d-%05d", year_of(today),
                      ++this_year_[static_cast<std::size_t>(year_of(today) - first_year)]);
        o.number = number;
        o.customer = buyer->id;
        o.employee = seller_for(*buyer, today);
        o.warehouse = regions()[static_cast<std::size_t>(buyer->home->region - 1)].warehouse;
        o.ordered = today;
        o.required = after_business_days(today, random_.small(4, 12));
        o.channel = weekday_of(today) > 5 ? channel_names[0]
                                          : channel_names[random_.weighted(channel_weights[buyer->kind])];
        fill(o, *buyer);
        deliver(o);
        if (o.status != "cancelled") buyer->last_order = today;
        company_.orders.push_back(std::move(o));
    }

    int seller_for(customer const& buyer, day today) {
        if (random_.chance(850) && at(company_.employees, buyer.account_manager).at_work(today))
            return buyer.account_manager;
        int seller = 0;
        do
            seller = random_.pick(sellers_);
        while (!at(company_.employees, seller).at_work(today));
        return seller;
    }

    void fill(order& o, customer const& buyer) {
        auto const lines = 1 + random_.weighted(std::array{20, 24, 20, 14, 10, 6, 4, 2});
        money subtotal;
        while (o.items.size() < lines) {
            auto const& p = company_.products[by_product_.draw(random_)];
            if (!p.sold_on(o.ordered) ||
                std::ranges::find(o.items, p.id, &order_item::product) != o.items.end())
                continue;
            o.items.push_back(line(p, o.ordered, buyer.kind));
            subtotal += o.items.back().total;
        }
        constexpr std::array rates = {1490, 1190, 1690, 890, 990, 1190, 1590, 1390};
        o.shipping = subtotal >= euros(4000) ? money{}
                                             : money{rates[static_cast<std::size_t>(buyer.home->region - 1)] +
                                                     450 * static_cast<std::int64_t>(lines)};
    }

    order_item line(product const& p, day ordered, segment kind) {
        // Prices rose by 2.5 % a year to the list price of the last one.
        auto const price = p.list_price.scaled(1000 - 25 * (last_year - year_of(ordered)), 5000);
        order_item i{.product = p.id,
                     .quantity = quantity(p.list_price, kind),
                     .unit_price = price * 5,
                     .discount_percent = 0,
                     .total = {}};
        auto const value = i.unit_price * i.quantity;
        if (value >= euros(8000))
            i.discount_percent =
                std::array{0, 5, 10, 15, 20}[random_.weighted(std::array{30, 18, 30, 14, 8})];
        else if (value >= euros(1000))
            i.discount_percent = std::array{0, 5, 10, 15, 20}[random_.weighted(std::array{58, 22, 14, 4, 2})];
        else
            i.discount_percent = std::array{0, 5, 10}[random_.weighted(std::array{88, 8, 4})];
        i.total = value.scaled(100 - i.discount_percent, 100);
        return i;
    }

    int quantity(money price, segment kind) {
        auto const times = order_size[kind];
        if (price < euros(15)) return random_.small(2, 8 + 3 * times) * 5;
        if (price < euros(60)) return random_.small(2, 12 + 4 * times);
        if (price < euros(250)) return random_.small(1, 5 + 3 * times);
        if (price < euros(900)) return random_.small(1, 2 + 2 * times);
        return random_.small(1, 1 + times);
    }

    void deliver(order& o) {
        o.status = "processing";
        if (random_.chance(35)) {
            o.status = "cancelled";
            return;
        }
        auto const wait = std::array{1, 2, 3, 5, 9, 16}[random_.weighted(std::array{46, 29, 14, 7, 3, 1})];
        auto const transit = random_.small(1, o.warehouse == 5 ? 5 : 4);
        auto const shipped = after_business_days(o.ordered, wait);
        if (shipped > last_day) return;
        o.shipped = shipped;
        o.status = "shipped";
        auto const delivered = after_business_days(shipped, transit);
        if (delivered > last_day) return;
        o.delivered = delivered;
        o.status = "delivered";
    }

    company& company_;
    random_stream random_{"orders"};
    weighted_index by_customer_, by_product_;
    std::vector<int> sellers_;
    std::array<int, 5> this_year_{};
};

}  // namespace

std::size_t weighted_index::draw(random_stream& random) const {
    auto const point = random.below(sums_.back());
    return static_cast<std::size_t>(std::ranges::upper_bound(sums_, point) - sums_.begin());
}

void take_orders(company& c) {
    order_desk desk(c);
    for (auto today = first_day; today <= last_day; today += days{1})
        desk.open(today);
}

}  // namespace vanna::sample
