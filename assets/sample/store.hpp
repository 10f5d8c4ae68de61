// Turns the company in memory into rows; the only place that knows the order of the tables' columns.
#pragma once

namespace vanna::sample {

struct company;
class database;

void store(company const& c, database& db);

}  // namespace vanna::sample
