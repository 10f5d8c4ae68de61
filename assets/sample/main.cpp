// make_sample_db PATH: makes the sample business database, the same bytes every time.
#include <cstdio>
#include <exception>

#include "database.hpp"
#include "schema_sql.hpp"
#include "store.hpp"

int main(int argc, char** argv) {
    using namespace vanna::sample;
    if (argc != 2) {
        std::fputs("usage: make_sample_db PATH\n", stderr);
        return 64;
    }
    try {
        company c;
        for (auto* const step :
             {hire_people, list_products, sign_customers, take_orders, bill_and_collect, buy_stock, spend})
            step(c);
        database db(argv[1]);
        db.run(schema_sql);
        store(c, db);
        db.publish();
    } catch (std::exception const& e) {
        std::fprintf(stderr, "make_sample_db: %s\n", e.what());
        return 1;
    }
    return 0;
}
