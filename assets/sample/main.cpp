// make_sample_db PATH: makes the sample business database, the same bytes every time.
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include "core/embedded_file.hpp"
#include "database.hpp"
#include "store.hpp"

namespace vanna::sample::embedded {
std::span<embedded_file const> files();  // schema.sql alone
}

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
        db.run(std::string(embedded::files().front().bytes));
        store(c, db);
        db.publish();
    } catch (std::exception const& e) {
        std::fprintf(stderr, "make_sample_db: %s\n", e.what());
        return 1;
    }
    return 0;
}
