// What the sample company sells, and who makes it.
#include "catalogue.hpp"

#include <algorithm>

#include "model.hpp"
#include "names.hpp"
#include "random.hpp"

namespace vanna::sample {
namespace {

struct group {
    std::string_view name, brands;
};

constexpr group groups[] = {
    {"Furniture", "Aldera|Norvik|Stadtform|Casella"}, {"Technology", "Vexon|Lumatek|Orbis|Kestrel"},
    {"Office Supplies", "Papyra|Quillon|Binderly"},   {"Breakroom", "Cafora|Mellow"},
    {"Cleaning and Safety", "Puravo|Safeline"},       {"Packaging", "Boxwell|Tapeon"},
};

struct article {
    std::string_view group, category, code, noun, variants;
    int cost_low, cost_high, grams;  // costs in cents
};

constexpr article articles[] = {
    {"Furniture", "Desks", "DSK", "Sit-Stand Desk", "120 cm|140 cm|160 cm|180 cm", 21000, 39000, 38000},
    {"Furniture", "Desks", "DSK", "Writing Desk", "Oak|White|Walnut", 9500, 17000, 29000},
    {"Furniture", "Desks", "DSK", "Reception Counter", "Straight|Curved", 46000, 82000, 74000},
    {"Furniture", "Chairs", "CHR", "Task Chair", "Black|Grey|Blue", 6200, 14500, 14000},
    {"Furniture", "Chairs", "CHR", "Executive Chair", "Leather|Mesh", 15500, 34000, 19000},
    {"Furniture", "Chairs", "CHR", "Visitor Chair", "Stackable|Cantilever", 3100, 7400, 7000},
    {"Furniture", "Storage", "STO", "Filing Cabinet", "2 Drawers|3 Drawers|4 Drawers", 8200, 17500, 33000},
    {"Furniture", "Storage", "STO", "Bookcase", "Low|Tall", 5400, 13900, 26000},
    {"Furniture", "Storage", "STO", "Locker Unit", "4 Doors|8 Doors", 14500, 29000, 45000},
    {"Furniture", "Meeting Tables", "TBL", "Conference Table", "6 Seats|10 Seats|14 Seats", 28000, 94000,
     62000},
    {"Furniture", "Meeting Tables", "TBL", "Folding Table", "140 cm|180 cm", 6100, 11800, 17000},
    {"Furniture", "Lighting", "LGT", "Desk Lamp", "Black|White|Chrome", 1700, 4900, 1800},
    {"Furniture", "Lighting", "LGT", "Floor Lamp", "Black|White", 5200, 11900, 6500},
    {"Technology", "Monitors", "MON", "Monitor", "24 inch|27 inch|32 inch|34 inch Curved", 11500, 36500,
     6200},
    {"Technology", "Laptops", "LAP", "Laptop", "13 inch|14 inch|15 inch", 54000, 118000, 1600},
    {"Technology", "Laptops", "LAP", "Workstation Laptop", "16 inch", 128000, 171000, 2300},
    {"Technology", "Printers", "PRN", "Laser Printer", "Mono|Colour|Colour Duplex", 13500, 41000, 15000},
    {"Technology", "Printers", "PRN", "Label Printer", "Desktop|Handheld", 5900, 12700, 1900},
    {"Technology", "Printers", "PRN", "Toner Cartridge", "Black|Cyan|Magenta|Yellow", 2900, 6100, 900},
    {"Technology", "Accessories", "ACC", "Wireless Mouse", "Compact|Ergonomic", 900, 2700, 150},
    {"Technology", "Accessories", "ACC", "Keyboard", "Wired|Wireless|Split", 1400, 5200, 700},
    {"Technology", "Accessories", "ACC", "Docking Station", "USB-C|Dual Display", 6400, 13600, 500},
    {"Technology", "Accessories", "ACC", "Headset", "Mono|Stereo|Noise Cancelling", 2600, 10400, 300},
    {"Technology", "Video and Audio", "VID", "Conference Camera", "HD|4K", 9400, 31000, 800},
    {"Technology", "Video and Audio", "VID", "Projector", "Portable|Ceiling", 27500, 69000, 4100},
    {"Office Supplies", "Paper", "PAP", "Copy Paper", "A4 80 g|A4 100 g|A3 80 g|A4 Recycled", 290, 680, 2500},
    {"Office Supplies", "Paper", "PAP", "Notebook", "A5 Ruled|A4 Ruled|A5 Dotted", 150, 420, 350},
    {"Office Supplies", "Paper", "PAP", "Envelopes", "C5 Box of 500|DL Box of 500", 1100, 2300, 2900},
    {"Office Supplies", "Writing", "WRI", "Ballpoint Pens", "Blue Box of 50|Black Box of 50", 720, 1650, 600},
    {"Office Supplies", "Writing", "WRI", "Whiteboard Markers", "Set of 4|Set of 10", 310, 980, 200},
    {"Office Supplies", "Writing", "WRI", "Highlighters", "Set of 6", 260, 610, 120},
    {"Office Supplies", "Filing", "FIL", "Lever Arch File", "50 mm|75 mm", 130, 310, 500},
    {"Office Supplies", "Filing", "FIL", "Hanging Folders", "Pack of 25|Pack of 50", 820, 1900, 1500},
    {"Office Supplies", "Filing", "FIL", "Document Shredder", "12 Sheets|20 Sheets", 6900, 19800, 12000},
    {"Office Supplies", "Desk Accessories", "DAC", "Monitor Arm", "Single|Dual", 3700, 9100, 3400},
    {"Office Supplies", "Desk Accessories", "DAC", "Stapler", "Standard|Heavy Duty", 420, 1900, 400},
    {"Office Supplies", "Desk Accessories", "DAC", "Whiteboard", "90 x 60 cm|120 x 90 cm|180 x 120 cm", 2200,
     9600, 7000},
    {"Breakroom", "Coffee Machines", "COF", "Coffee Machine", "Filter|Capsule|Bean to Cup", 5900, 88000,
     9800},
    {"Breakroom", "Coffee and Tea", "CAT", "Coffee Beans", "Espresso 1 kg|House Blend 1 kg|Decaf 1 kg", 780,
     1490, 1000},
    {"Breakroom", "Coffee and Tea", "CAT", "Tea Selection", "Box of 100", 520, 940, 300},
    {"Breakroom", "Kitchen", "KIT", "Water Dispenser", "Countertop|Freestanding", 9900, 27000, 14000},
    {"Breakroom", "Kitchen", "KIT", "Paper Cups", "Box of 1000", 1900, 3400, 8000},
    {"Cleaning and Safety", "Cleaning", "CLN", "Surface Cleaner", "1 l|5 l", 240, 1250, 2600},
    {"Cleaning and Safety", "Cleaning", "CLN", "Hand Towels", "Box of 20 Packs", 1700, 2900, 7600},
    {"Cleaning and Safety", "Cleaning", "CLN", "Vacuum Cleaner", "Dry|Wet and Dry", 8800, 21500, 8300},
    {"Cleaning and Safety", "Safety", "SAF", "First Aid Kit", "Small|Large", 1500, 5400, 1900},
    {"Cleaning and Safety", "Safety", "SAF", "Fire Extinguisher", "Foam 6 l|CO2 2 kg", 2900, 6800, 9500},
    {"Cleaning and Safety", "Safety", "SAF", "Safety Shoes", "Size 40|Size 42|Size 44", 2400, 5600, 1400},
    {"Packaging", "Boxes", "BOX", "Shipping Boxes", "Small Pack of 25|Medium Pack of 25|Large Pack of 10",
     890, 2300, 6200},
    {"Packaging", "Boxes", "BOX", "Pallet Box", "80 x 60 cm|120 x 80 cm", 1400, 3200, 5200},
    {"Packaging", "Packing Material", "PCK", "Packing Tape", "Box of 36", 1600, 3100, 4900},
    {"Packaging", "Packing Material", "PCK", "Bubble Wrap", "50 m|100 m", 1100, 2900, 3100},
    {"Packaging", "Packing Material", "PCK", "Stretch Film", "Box of 6", 1500, 2800, 9900},
};

// The prices shops like: 4.95, 24.90, 189.00, 1,240.00.
money round_price(std::int64_t cents) {
    if (cents < 1000) return {cents / 10 * 10 + 5};
    if (cents < 10000) return {cents / 100 * 100 + 90};
    return {cents / (cents < 50000 ? 100 : 1000) * (cents < 50000 ? 100 : 1000)};
}

std::vector<category> make_categories() {
    std::vector<category> list;
    for (auto const& g : groups)
        list.push_back({static_cast<int>(list.size()) + 1, g.name, 0});
    for (auto const& a : articles)
        if (std::ranges::find(list, a.category, &category::name) == list.end())
            list.push_back({static_cast<int>(list.size()) + 1, a.category,
                            std::ranges::find(list, a.group, &category::name)->id});
    return list;
}

// Two suppliers a brand: its maker and a second source.
void find_suppliers(company& c, random_stream& random) {
    constexpr std::string_view trades[] = {"Furniture",       "Electronics", "Stationery",
                                           "Catering Supply", "Hygiene",     "Packaging"};
    for (std::size_t g = 0; g < std::size(groups); ++g)
        for (auto const brand : split(groups[g].brands))
            for (bool const maker : {true, false}) {
                auto const& home = random.pick(countries());
                supplier s{.id = static_cast<int>(c.suppliers.size()) + 1,
                           .name = {},
                           .home = &home,
                           .city = {},
                           .lead_time_days = 0,
                           .rating = {}};
                s.city = word(random, home.cities);
                auto const family = word(random, home.last_names);
                s.name = std::string(maker ? brand : family) + " " + std::string(trades[g]) + " " +
                         std::string(word(random, home.legal_forms));
                s.lead_time_days = random.small(5, maker ? 28 : 16);
                s.rating = {random.around(280, 500) / 10 * 10};
                c.suppliers.push_back(std::move(s));
            }
}

product make_product(article const& a, std::size_t variant, std::string_view name, random_stream& random) {
    auto const variants = split(a.variants).size();
    product p{};
    p.name = std::string(name) + " " + std::string(a.noun) + " " + std::string(split(a.variants)[variant]);
    auto const step = (a.cost_high - a.cost_low) / static_cast<int>(variants);
    auto const base = a.cost_low + step * static_cast<int>(variant);
    p.unit_cost = money{random.between(base, base + step)};
    p.list_price = round_price(p.unit_cost.count * random.around(168, 252) / 100);
    p.weight_kg = {a.grams / 10 * random.between(85, 125) / 100 + 1};
    p.launched = random.chance(720) ? date(2015, 1, 5) + days{random.below(2180)}
                                    : first_day + days{random.below(1500)};
    auto const settled = std::max(p.launched, first_day) + days{300};
    if (random.chance(90) && settled + days{60} < last_day)
        p.discontinued = settled + days{random.below((last_day - settled).count() - 30)};
    return p;
}

}  // namespace

std::vector<category> const& categories() {
    static std::vector<category> const list = make_categories();
    return list;
}

void list_products(company& c) {
    random_stream random("catalogue");
    find_suppliers(c, random);
    int number = 1000;
    for (auto const& a : articles) {
        int supplier = 1;
        for (auto const& g : groups) {
            auto const brands = split(g.brands);
            if (g.name == a.group) {
                auto const skipped =
                    brands.size() > 2 ? static_cast<std::size_t>(random.below(3)) : brands.size();
                for (std::size_t b = 0; b < brands.size(); ++b)
                    for (std::size_t v = 0; b != skipped && v < split(a.variants).size(); ++v) {
                        auto p = make_product(a, v, brands[b], random);
                        p.id = static_cast<int>(c.products.size()) + 1;
                        p.category = std::ranges::find(categories(), a.category, &category::name)->id;
                        p.supplier = supplier + static_cast<int>(b) * 2 + (random.chance(300) ? 1 : 0);
                        p.sku = std::string(a.code) + "-" + std::to_string(number += 7);
                        c.products.push_back(std::move(p));
                    }
            }
            supplier += static_cast<int>(brands.size()) * 2;
        }
    }
}

}  // namespace vanna::sample
