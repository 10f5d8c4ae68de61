#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

// Offices have a head among the staff; a parcel goes from one depot to another; both the sender and the
// depot of a letter have a region.
std::shared_ptr<sql::schema const> post() {
    auto made = std::make_shared<sql::schema>();
    using test::column, test::key;
    sql::table offices{.name = "offices"};
    offices.columns = {key("office_id"), column("office_name", "TEXT"), column("head_id", "INTEGER")};
    offices.foreign_keys = {{{"head_id"}, "staff", {"staff_id"}}};
    sql::table staff{.name = "staff"};
    staff.columns = {key("staff_id"), column("name", "TEXT"), column("office_id", "INTEGER")};
    staff.foreign_keys = {{{"office_id"}, "offices", {"office_id"}}};
    sql::table depots{.name = "depots"};
    depots.columns = {key("depot_id"), column("depot_name", "TEXT"), column("region_id", "INTEGER")};
    depots.foreign_keys = {{{"region_id"}, "regions", {"region_id"}}};
    sql::table parcels{.name = "parcels"};
    parcels.columns = {key("parcel_id"), column("weight", "REAL"), column("source_depot_id", "INTEGER"),
                       column("destination_depot_id", "INTEGER")};
    parcels.foreign_keys = {{{"source_depot_id"}, "depots", {"depot_id"}},
                            {{"destination_depot_id"}, "depots", {"depot_id"}}};
    sql::table senders{.name = "senders"};
    senders.columns = {key("sender_id"), column("name", "TEXT"), column("region_id", "INTEGER")};
    senders.foreign_keys = {{{"region_id"}, "regions", {"region_id"}}};
    sql::table letters{.name = "letters"};
    letters.columns = {key("letter_id"), column("postage", "NUMERIC"), column("sender_id", "INTEGER"),
                       column("depot_id", "INTEGER")};
    letters.foreign_keys = {{{"sender_id"}, "senders", {"sender_id"}},
                            {{"depot_id"}, "depots", {"depot_id"}}};
    sql::table regions{.name = "regions"};
    regions.columns = {key("region_id"), column("region_name", "TEXT")};
    made->tables = {depots, letters, offices, parcels, regions, senders, staff};
    return made;
}

std::string ask_post(std::string question) {
    return test::sql_for(std::move(question), post());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_joins)

BOOST_AUTO_TEST_CASE(a_key_called_like_the_table_it_leads_to_wins_over_one_in_a_role) {
    BOOST_TEST(ask_post("number of staff per office") ==
               "SELECT offices.office_name, COUNT(*) FROM staff JOIN offices ON staff.office_id = "
               "offices.office_id GROUP BY offices.office_id, offices.office_name");
}

BOOST_AUTO_TEST_CASE(two_keys_in_roles_are_asked_about) {
    BOOST_TEST(ask_post("number of parcels per depot") == "");
}

BOOST_AUTO_TEST_CASE(a_role_that_the_question_says_decides_between_keys) {
    BOOST_TEST(ask_post("number of parcels per destination depot") ==
               "SELECT depots.depot_name, COUNT(*) FROM parcels JOIN depots ON "
               "parcels.destination_depot_id = depots.depot_id GROUP BY depots.depot_id, depots.depot_name");
}

BOOST_AUTO_TEST_CASE(a_verb_may_say_which_key_is_meant) {
    BOOST_TEST(ask_post("How many parcels arrive at each depot?") ==
               "SELECT depots.depot_name, COUNT(*) FROM parcels JOIN depots ON "
               "parcels.destination_depot_id = depots.depot_id GROUP BY depots.depot_id, depots.depot_name");
}

BOOST_AUTO_TEST_CASE(two_ways_to_a_table_are_asked_about_unless_the_question_names_one) {
    BOOST_TEST(ask_post("total postage per region") == "");
    BOOST_TEST(ask_post("number of senders per region") ==
               "SELECT regions.region_name, COUNT(*) FROM senders JOIN regions ON senders.region_id = "
               "regions.region_id GROUP BY regions.region_id, regions.region_name");
}

BOOST_AUTO_TEST_CASE(what_is_denied_may_have_conditions) {
    BOOST_TEST(test::sql_for("names of customers without orders in 2024") ==
               "SELECT customers.name FROM customers WHERE customers.customer_id NOT IN (SELECT "
               "orders.customer_id FROM orders WHERE (orders.order_date >= '2024-01-01' AND "
               "orders.order_date < '2025-01-01') AND orders.customer_id IS NOT NULL)");
}

BOOST_AUTO_TEST_CASE(groups_are_kept_by_how_many_belong_to_them) {
    BOOST_TEST(ask_post("ids of senders with at least 2 letters") ==
               "SELECT letters.sender_id FROM letters GROUP BY letters.sender_id HAVING COUNT(*) >= 2");
}

BOOST_AUTO_TEST_CASE(a_table_that_plays_no_part_is_asked_about) {
    BOOST_TEST(ask_post("average weight of parcels of regions") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
