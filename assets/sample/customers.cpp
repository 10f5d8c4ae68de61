// Customers: a few large ones order much, many small ones little; some sign up late, some are lost.
#include <array>
#include <set>

#include "departments.hpp"
#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

constexpr int customer_count = 920;
constexpr std::string_view invented =
    "Alto|Brix|Cairn|Delphi|Ember|Fjord|Granite|Helio|Indigo|Juniper|Krona|Lumen|Meridian|Nimbus|Ostara|"
    "Pinnacle|"
    "Quanta|Rivulet|Solace|Tessera|Umbra|Verity|Westmark|Zephyr|Arbor|Beacon|Cobalt|Drift|Evergreen|Foundry";
constexpr std::string_view public_bodies =
    "City of @|@ University|@ General Hospital|@ Public Library|@ School Board|@ Regional Council|@ Transit "
    "Authority|"
    "@ Technical College|@ Museum Trust|@ Water Board";

struct profile {
    int pull, credit_low, credit_high;  // credit in thousands
    std::array<int, 4> terms;           // weights of 14, 30, 45, 60 days
    std::array<int, 4> habits;
};

constexpr profile profiles[] = {
    {44, 120, 400, {0, 30, 25, 45}, {45, 33, 18, 4}},
    {13, 30, 120, {10, 60, 20, 10}, {55, 28, 13, 4}},
    {4, 4, 25, {45, 50, 5, 0}, {60, 24, 11, 5}},
    {11, 25, 150, {0, 60, 10, 30}, {40, 40, 20, 0}},
};

class sales_ledger {
  public:
    explicit sales_ledger(company& c) : company_(c) {
        for (auto const& land : countries())
            by_country_.add(land.weight);
        for (auto const& e : c.employees)
            if (e.department == sales && !e.left && e.title == "Account Executive") managers_.push_back(e.id);
    }

    void sign_one() {
        customer n{};
        n.home = &countries()[by_country_.draw(random_)];
        n.kind = static_cast<segment>(random_.weighted(std::array{7, 26, 55, 12}));
        name_it(n);
        auto const& p = profiles[n.kind];
        n.phone = phone_number(random_, *n.home);
        n.credit_limit = euros(random_.around(p.credit_low, p.credit_high) * 1000);
        n.payment_terms_days = std::array{14, 30, 45, 60}[random_.weighted(p.terms)];
        n.habit = static_cast<int>(random_.weighted(p.habits));
        n.account_manager = random_.pick(managers_);
        n.signed_up = random_.chance(560) ? date(2014, 3, 3) + days{random_.below(2490)}
                                          : first_day + days{random_.below(1780)};
        auto const tried = std::max(n.signed_up, first_day) + days{120};
        if (random_.chance(230) && tried + days{100} < last_day)
            n.lost = tried + days{random_.below((last_day - tried).count())};
        // A long tail: one draw in a hundred pulls about twenty times as hard as the median.
        n.pull = static_cast<int>(p.pull * (100 + 40000 / (random_.below(1000) + 10)));
        company_.customers.push_back(std::move(n));
    }

  private:
    void name_it(customer& n) {
        do {
            n.city = word(random_, n.home->cities);
            if (n.kind == public_sector)
                name_public_body(n);
            else
                name_firm(n);
        } while (!names_.insert(n.name).second);
        n.email = "purchasing@" + slug(n.name, '-') + ".example";
    }

    void name_public_body(customer& n) {
        n.industry = "Public Administration";
        n.name = word(random_, public_bodies);
        if (n.name.find("University") != n.name.npos || n.name.find("College") != n.name.npos ||
            n.name.find("School") != n.name.npos)
            n.industry = "Education";
        if (n.name.find("Hospital") != n.name.npos) n.industry = "Healthcare";
        n.name.replace(n.name.find('@'), 1, n.city);
    }

    void name_firm(customer& n) {
        auto const& trade = random_.pick(sectors());
        n.industry = trade.industry;
        auto const family = std::string(word(random_, n.home->last_names));
        auto const other = std::string(word(random_, n.home->last_names));
        auto const brand = std::string(word(random_, invented));
        auto const kind = random_.below(10);
        if (kind < 5)
            n.name = family + " " + std::string(trade.word);
        else if (kind < 8)
            n.name = brand + " " + std::string(trade.word);
        else
            n.name = family == other ? family + " " + std::string(trade.word) : family + " & " + other;
        n.name += " " + std::string(word(random_, n.home->legal_forms));
    }

    company& company_;
    random_stream random_{"customers"};
    weighted_index by_country_;
    std::vector<int> managers_;
    std::set<std::string> names_;
};

}  // namespace

void sign_customers(company& c) {
    sales_ledger ledger(c);
    for (int i = 0; i < customer_count; ++i)
        ledger.sign_one();
    sort_keeping_ties(c.customers, &customer::signed_up);
    for (int id = 0; auto& n : c.customers)
        n.id = ++id;
}

}  // namespace vanna::sample
