// Departments of the sample company; the numbers are department_id, the order is that of their heads in
// people.cpp.
#pragma once
#include <string_view>

namespace vanna::sample {

enum department : int {
    executive = 1,
    sales,
    marketing,
    customer_service,
    logistics,
    purchasing,
    finance,
    human_resources,
    information_technology,
    product_management
};

constexpr std::string_view department_names[] = {
    "Executive",  "Sales",   "Marketing",       "Customer Service",       "Logistics",
    "Purchasing", "Finance", "Human Resources", "Information Technology", "Product Management"};

}  // namespace vanna::sample
