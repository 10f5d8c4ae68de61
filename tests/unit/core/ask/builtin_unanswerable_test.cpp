#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/clinic.hpp"

namespace vanna {
namespace {

constexpr char const* no_table_answers[] = {
    "What will the weather be like in Leiden tomorrow?",
    "Which patients are allergic to nuts?",
    "How tall is the tallest doctor?",
    "What is the blood group of each patient?",
    "How many beds does the clinic have?",
    "Which nurses work at night?",
    "How many ambulances are there?",
    "Which doctors speak Spanish?",
    "What colour is Aspirin?",
    "How many calories does Zinc have?",
    "Which patients smoke?",
    "What is the boiling point of Ibuprofen?",
    "How many children do our patients have?",
    "Which doctors are married?",
    "What is the phone number of Ada Hart?",
    "Which patients follow us on social media?",
    "What is the share price of Aegis?",
    "Who is the director of the clinic?",
    "How many parking spaces are there in Ghent?",
    "What is the temperature of each patient?",
    "Which medicines are made of plants?",
    "Which doctors work from home?",
    "How long is the average phone call with a patient?",
    "What is the capital of France?",
    "Who won the football match?",
    "How many stars did patients give Ben Cole?",
    "Which patients read our newsletter?",
    "What is the exchange rate of the dollar?",
    "How much electricity does the clinic use?",
    "Which medicines contain alcohol?",
    "What is the shoe size of Cy Moss?",
    "How many sick days did each doctor take?",
    "Which doctors studied in Ghent?",
    "What is the gender of each patient?",
    "Which patients are left-handed?",
    "What is the email of the patients in Leiden?",
    "How many kilometres do patients travel?",
    "What is the side effect of each medicine?",
    "Which visits were cancelled?",
    "How many clicks did the website get?",
    "Which doctors published papers?",
    "What is the expiry date of Zinc?",
    "Who discovered Aspirin?",
    "How many windows does the surgery have?",
    "Which doctors drive a bicycle to work?",
    "What did the patients eat for breakfast?",
    "Which lawyers represent our patients?",
    "How many votes did Ada Hart get?",
    "What is the manufacturer of Ibuprofen?",
    "What is the distance between Leiden and Ghent?",
    "Write a poem about our patients.",
    "Delete all visits.",
    "Update the price of Aspirin to 3.",
    "What is two plus two?",
    "Tell me a joke about doctors.",
    "Is it healthy to take Zinc?",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_unanswerable)

BOOST_AUTO_TEST_CASE(what_no_table_holds_is_asked_back_with_one_question) {
    static_assert(std::size(no_table_answers) >= 50);
    auto const by = ask::create_builtin_generator();
    auto const schema = test::clinic();
    for (auto question : no_table_answers) {
        auto const made = test::answer(*by, test::asking(question, schema));
        BOOST_TEST(made.sql == "", question);
        auto const questions = std::count(made.clarification.begin(), made.clarification.end(), '?');
        BOOST_TEST(questions == 1, question << ": " << made.clarification);
    }
}

BOOST_AUTO_TEST_CASE(what_the_same_tables_hold_is_answered) {
    auto const schema = test::clinic();
    BOOST_TEST(test::sql_for("How many patients live in Leiden?", schema) ==
               "SELECT COUNT(*) FROM patients WHERE town = 'Leiden'");
    BOOST_TEST(test::sql_for("What is the price of Aspirin?", schema) ==
               "SELECT price FROM medicines WHERE name = 'Aspirin'");
    BOOST_TEST(test::sql_for("Which doctors have no visits?", schema) != "");
}

BOOST_AUTO_TEST_CASE(a_declined_question_says_what_it_could_not_link) {
    auto const by = ask::create_builtin_generator();
    auto const made = test::answer(*by, test::asking("Which patients are allergic to nuts?", test::clinic()));
    BOOST_TEST(made.unlinked == (std::vector<std::string>{"allergic", "nuts"}),
               boost::test_tools::per_element());
    BOOST_TEST(made.links == (std::vector<std::string>{"patients -> table patients"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
