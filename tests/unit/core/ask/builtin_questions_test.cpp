#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/clinic.hpp"

namespace vanna {
namespace {

std::string clinic_sql(std::string question) {
    return test::sql_for(std::move(question), test::clinic());
}

// Halls, the shows in them and who is in a show.
std::shared_ptr<sql::schema const> stage() {
    auto made = std::make_shared<sql::schema>();
    made->engine = "sqlite";
    made->version = "v1";
    sql::table halls{.name = "halls", .ddl = ""};
    halls.columns = {test::key("hall_id"),
                     test::column("hall_name", "TEXT"),
                     test::column("region", "TEXT", {"North", "South"}),
                     test::column("capacity", "INTEGER"),
                     test::column("number_of_doors", "INTEGER"),
                     test::column("is_heated", "TEXT", {"Y", "N"}),
                     test::column("built_in", "TEXT", {"1950", "1999", "2004"})};
    sql::table shows{.name = "plays", .ddl = ""};
    shows.columns = {test::key("play_id"), test::column("title", "TEXT"), test::column("hall_id", "INTEGER"),
                     test::column("theme_code", "TEXT", {"Love", "War"}),
                     test::column("directed_by", "TEXT")};
    shows.foreign_keys = {{{"hall_id"}, "halls", {"hall_id"}}};
    sql::table actors{.name = "actors", .ddl = ""};
    actors.columns = {test::key("actor_id"), test::column("name", "TEXT"), test::column("age", "INTEGER"),
                      test::column("email_address", "TEXT"),
                      test::column("country", "TEXT", {"Peru", "Spain"})};
    sql::table casts{.name = "castings", .ddl = ""};
    casts.columns = {test::column("play_id", "INTEGER"), test::column("actor_id", "INTEGER")};
    casts.foreign_keys = {{{"play_id"}, "plays", {"play_id"}}, {{"actor_id"}, "actors", {"actor_id"}}};
    made->tables = {actors, casts, halls, shows};
    return made;
}

std::string stage_sql(std::string question) {
    return test::sql_for(std::move(question), stage());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_questions)

BOOST_AUTO_TEST_CASE(two_kinds_of_rows_in_one_group_are_what_both_have) {
    BOOST_TEST(
        stage_sql(
            "Which regions have both halls with a capacity below 100 and halls with a capacity above 500?") ==
        "SELECT region FROM halls WHERE capacity < 100 INTERSECT SELECT region FROM halls WHERE capacity > "
        "500");
    BOOST_TEST(stage_sql("Show the regions of halls with capacity under 100 and capacity over 500.") ==
               "SELECT region FROM halls WHERE capacity < 100 INTERSECT SELECT region FROM halls WHERE "
               "capacity > 500");
}

BOOST_AUTO_TEST_CASE(values_that_no_row_can_have_at_once_are_in_a_row_each) {
    auto const halls = stage_sql("Which halls have both Love and War plays?");
    BOOST_TEST(
        halls ==
        "SELECT halls.hall_name FROM halls WHERE halls.hall_id IN (SELECT plays.hall_id FROM plays WHERE "
        "plays.theme_code = 'Love') AND halls.hall_id IN (SELECT plays.hall_id FROM plays WHERE "
        "plays.theme_code = 'War')");
    BOOST_TEST(stage_sql("Which actors are from Peru or Spain?") ==
               "SELECT name FROM actors WHERE country IN ('Peru', 'Spain')");
}

BOOST_AUTO_TEST_CASE(a_measure_of_what_the_largest_has_is_not_the_largest_measure) {
    BOOST_TEST(
        stage_sql("How many plays are in the hall with the largest capacity?") ==
        "SELECT COUNT(*) FROM plays WHERE plays.hall_id IN (SELECT hall_id FROM halls ORDER BY capacity DESC "
        "LIMIT 1)");
    BOOST_TEST(stage_sql("What are the titles of the plays in the largest hall?") ==
               "SELECT plays.title FROM plays WHERE plays.hall_id IN (SELECT hall_id FROM halls ORDER BY "
               "capacity DESC "
               "LIMIT 1)");
}

BOOST_AUTO_TEST_CASE(who_has_none_may_be_said_in_several_ways) {
    std::string const none =
        "SELECT halls.hall_name FROM halls WHERE halls.hall_id NOT IN (SELECT plays.hall_id FROM plays "
        "WHERE plays.hall_id IS NOT NULL)";
    for (auto question : {"Which halls have no plays?", "Show the hall names without any play.",
                          "List the names of halls that do not have any plays."})
        BOOST_TEST(stage_sql(question) == none, question);
    BOOST_TEST(
        stage_sql("Show all hall names except for halls having a play with theme Love.") ==
        "SELECT halls.hall_name FROM halls WHERE halls.hall_id NOT IN (SELECT plays.hall_id FROM plays WHERE "
        "plays.theme_code = 'Love' AND plays.hall_id IS NOT NULL)");
}

BOOST_AUTO_TEST_CASE(a_verb_may_say_the_table_between) {
    BOOST_TEST(stage_sql("How many actors were cast in Love plays?") != "");
    BOOST_TEST(clinic_sql("Which patients visited Ada Hart?") != "");
    BOOST_TEST(clinic_sql("Which patients sued Ada Hart?") == "");
}

BOOST_AUTO_TEST_CASE(yes_and_no_qualify_a_noun) {
    BOOST_TEST(stage_sql("How many heated halls are there?") ==
               "SELECT COUNT(*) FROM halls WHERE is_heated = 'Y'");
}

BOOST_AUTO_TEST_CASE(numbers_of_things_are_columns_where_one_says_so) {
    BOOST_TEST(stage_sql("Which hall has the most doors?") ==
               "SELECT hall_name FROM halls ORDER BY number_of_doors DESC LIMIT 1");
    BOOST_TEST(stage_sql("What is the average number of doors of the halls?") ==
               "SELECT AVG(number_of_doors) FROM halls");
    BOOST_TEST(stage_sql("Show the hall whose number of doors is the smallest.") ==
               "SELECT hall_name FROM halls ORDER BY number_of_doors LIMIT 1");
}

BOOST_AUTO_TEST_CASE(comparisons_with_the_average_need_no_second_name) {
    BOOST_TEST(stage_sql("List the names of actors above the average age.") ==
               "SELECT name FROM actors WHERE age > (SELECT AVG(age) FROM actors)");
    BOOST_TEST(
        stage_sql("Which halls have more doors than the average?") ==
        "SELECT hall_name FROM halls WHERE number_of_doors > (SELECT AVG(number_of_doors) FROM halls)");
}

BOOST_AUTO_TEST_CASE(an_agent_is_the_column_of_who_did_it) {
    BOOST_TEST(stage_sql("How many plays does each director have?") ==
               "SELECT directed_by, COUNT(*) FROM plays GROUP BY directed_by");
    BOOST_TEST(stage_sql("List the emails of the actors from Peru.") ==
               "SELECT email_address FROM actors WHERE country = 'Peru'");
    BOOST_TEST(stage_sql("How many plays have the theme War?") ==
               "SELECT COUNT(*) FROM plays WHERE theme_code = 'War'");
}

BOOST_AUTO_TEST_CASE(sorting_may_begin_the_question) {
    BOOST_TEST(stage_sql("Sort the names of actors by age in descending order.") ==
               "SELECT name FROM actors ORDER BY age DESC");
    BOOST_TEST(clinic_sql("List the first names of patients ordered by birth date from old to young.")
                   .ends_with("ORDER BY birth_date"));
}

BOOST_AUTO_TEST_CASE(texts_that_are_all_years_are_years) {
    BOOST_TEST(stage_sql("How many halls were built after 1960?") ==
               "SELECT COUNT(*) FROM halls WHERE built_in > '1960'");
    BOOST_TEST(stage_sql("How many halls were built before 1960 or after 2000?") ==
               "SELECT COUNT(*) FROM halls WHERE built_in < '1960' OR built_in > '2000'");
}

BOOST_AUTO_TEST_CASE(a_value_nobody_knows_beside_one_is_a_text) {
    BOOST_TEST(stage_sql("Which actors are from Chile or Peru?") ==
               "SELECT name FROM actors WHERE country IN ('Peru', 'Chile')");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_said_in_one_order_is_asked_back) {
    BOOST_TEST(stage_sql("Find the largest hall in each region.") == "");
    BOOST_TEST(stage_sql("Which halls have more than 2 halls?") == "");
    BOOST_TEST(stage_sql("What percentage of halls are heated?") == "");
    BOOST_TEST(clinic_sql("How much is the fee of the most recent fee?") == "");
}

BOOST_AUTO_TEST_CASE(a_thing_is_no_column_to_choose_or_compare_by) {
    for (auto question :
         {"region, minimum halls", "name and minimum actors", "how many plays in the lowest actors",
          "actors with the highest plays ordered by halls", "plays whose halls are above 3"})
        BOOST_CHECK_NO_THROW(stage_sql(question));
}

BOOST_AUTO_TEST_CASE(the_case_of_a_value_does_not_matter) {
    BOOST_TEST(clinic_sql("What is the price of ASPIRIN?") ==
               "SELECT price FROM medicines WHERE name = 'Aspirin'");
    BOOST_TEST(clinic_sql("What is Aspirin\u2019s price?") ==
               "SELECT price FROM medicines WHERE name = 'Aspirin'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
