// Word lists of the sample company: countries with their people, cities and legal forms, and the offices. The
// lists are strings cut at '|'. Domains end in .example, which nobody can own.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "random.hpp"

namespace vanna::sample {

struct country {
    std::string_view name;
    int region, weight;      // region_id; how many customers live there, against the others
    int tax_hundredths;      // sales tax in hundredths of a per cent
    std::string_view phone;  // each # is one digit
    std::string_view first_names, last_names, cities, legal_forms;
};

struct region {
    std::string_view name, sales_office;
    int warehouse;
};

struct office {
    std::string_view warehouse, city, country;
    int region, capacity_pallets;
};

struct sector {
    std::string_view word, industry;
};

std::span<country const> countries();
std::span<region const> regions();
std::span<office const> offices();  // one warehouse each; the first is the head office
std::span<sector const> sectors();
country const& country_named(std::string_view name);

std::vector<std::string_view> split(std::string_view list);
std::string_view word(random_stream& random, std::string_view list);
std::string slug(std::string_view name, char between_words);  // lower-case ASCII, accents dropped
std::string phone_number(random_stream& random, country const& where);

}  // namespace vanna::sample
