// Departments and employees: heads first, then team leaders, then staff with a steady coming and going.
#include <algorithm>
#include <set>

#include "departments.hpp"
#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

enum class rank { head, leader, staff };

struct post {
    int department;
    rank level;
    std::string_view title;
    int count, salary_low, salary_high;  // thousands of euros a year
    bool everywhere = false;             // spread over the offices, else at the head office
};

constexpr post posts[] = {
    {executive, rank::head, "Chief Executive Officer", 1, 182, 182},
    {sales, rank::head, "Sales Director", 1, 118, 118},
    {marketing, rank::head, "Marketing Director", 1, 96, 96},
    {customer_service, rank::head, "Head of Customer Service", 1, 74, 74},
    {logistics, rank::head, "Logistics Director", 1, 98, 98},
    {purchasing, rank::head, "Purchasing Director", 1, 97, 97},
    {finance, rank::head, "Chief Financial Officer", 1, 141, 141},
    {human_resources, rank::head, "Head of Human Resources", 1, 84, 84},
    {information_technology, rank::head, "IT Director", 1, 108, 108},
    {product_management, rank::head, "Head of Product", 1, 94, 94},
    {sales, rank::leader, "Regional Sales Manager", 5, 72, 86, true},
    {logistics, rank::leader, "Warehouse Supervisor", 5, 44, 52, true},
    {customer_service, rank::leader, "Customer Service Team Leader", 2, 45, 51},
    {finance, rank::leader, "Financial Controller", 1, 82, 82},
    {executive, rank::staff, "Executive Assistant", 1, 44, 50},
    {sales, rank::staff, "Account Executive", 13, 48, 69, true},
    {sales, rank::staff, "Inside Sales Representative", 6, 35, 46, true},
    {marketing, rank::staff, "Marketing Specialist", 4, 40, 53},
    {marketing, rank::staff, "Graphic Designer", 2, 38, 47},
    {customer_service, rank::staff, "Customer Service Representative", 8, 30, 39},
    {logistics, rank::staff, "Warehouse Operative", 20, 27, 34, true},
    {logistics, rank::staff, "Dispatch Planner", 3, 36, 43},
    {purchasing, rank::staff, "Buyer", 5, 42, 57},
    {finance, rank::staff, "Accountant", 4, 43, 56},
    {finance, rank::staff, "Accounts Receivable Clerk", 2, 33, 39},
    {human_resources, rank::staff, "HR Specialist", 2, 41, 50},
    {information_technology, rank::staff, "Software Developer", 3, 56, 74},
    {information_technology, rank::staff, "Systems Administrator", 2, 48, 59},
    {information_technology, rank::staff, "IT Support Technician", 1, 36, 42},
    {product_management, rank::staff, "Product Manager", 3, 55, 68},
};

class personnel {
  public:
    explicit personnel(company& c) : company_(c) {}

    void fill(rank level) {
        std::vector<employee> hired;
        for (auto const& p : posts)
            if (p.level == level)
                for (int i = 0; i < p.count; ++i)
                    fill_post(p, i, hired);
        if (level == rank::staff) sort_keeping_ties(hired, &employee::hired);
        for (auto& e : hired) {
            e.id = static_cast<int>(company_.employees.size()) + 1;
            e.manager = manager_for(e, level);
            levels_.push_back(level);
            company_.employees.push_back(std::move(e));
        }
    }

  private:
    // The post's first holder and, when one leaves, the next.
    void fill_post(post const& p, int number, std::vector<employee>& hired) {
        auto const& where = offices()[p.everywhere ? static_cast<std::size_t>(number) % offices().size() : 0];
        day start = date(2008 + (p.level == rank::leader ? 4 : 0), 2, 1) + days{random_.below(1300)};
        if (p.level == rank::staff)
            start = random_.chance(640) ? date(2016, 2, 1) + days{random_.below(1800)}
                                        : first_day + days{random_.below(1640)};
        for (;;) {
            hired.push_back(person(p, where, business_day(start)));
            auto const earliest = std::max(start + days{200}, first_day + days{20});
            if (p.level != rank::staff || !random_.chance(400) || earliest + days{700} > last_day) return;
            auto& leaver = hired.back();
            leaver.left = business_day(earliest + days{random_.below((last_day - earliest).count() - 90)});
            start = *leaver.left + days{random_.between(10, 75)};
        }
    }

    employee person(post const& p, office const& where, day start) {
        auto const& home = country_named(where.country);
        employee e{};
        do {
            e.first_name = word(random_, home.first_names);
            e.last_name = word(random_, home.last_names);
            e.email = slug(e.first_name, '-') + "." + slug(e.last_name, '-') + "@larkfield.example";
        } while (!emails_.insert(e.email).second);
        e.department = p.department;
        e.title = p.title;
        e.city = where.city;
        e.hired = start;
        e.salary = euros(random_.around(p.salary_low * 10, p.salary_high * 10) * 100);
        return e;
    }

    // Staff answer to a leader of their department in their city, or else to its head; heads to the chief
    // executive.
    int manager_for(employee const& e, rank level) const {
        if (level == rank::head) return e.id == 1 ? 0 : 1;
        std::vector<int> leaders;
        int head = 0;
        for (auto const& m : company_.employees) {
            if (m.department != e.department) continue;
            auto const its = levels_[static_cast<std::size_t>(m.id - 1)];
            if (its == rank::head) head = m.id;
            if (its == rank::leader && level == rank::staff && m.city == e.city) leaders.push_back(m.id);
        }
        return leaders.empty() ? head : leaders[static_cast<std::size_t>(e.id) % leaders.size()];
    }

    company& company_;
    random_stream random_{"people"};
    std::vector<rank> levels_;  // of company_.employees
    std::set<std::string> emails_;
};

}  // namespace

void hire_people(company& c) {
    personnel staff(c);
    for (auto const level : {rank::head, rank::leader, rank::staff})
        staff.fill(level);
}

}  // namespace vanna::sample
