#include "core/async/fair_turns.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna {
namespace {

// Turns of work that only says its name.
struct scene {
    fair_turns turns;
    std::string begun;
    explicit scene(unsigned threads) : turns(threads) {}

    void ask(party by, char name) {
        if (turns.begin(by))
            begun += name;
        else
            turns.wait(by, [this, name] { begun += name; });
    }
    void done(party by) {
        turns.done(by);
        while (auto next = turns.next())
            (*next)();
    }
};

party const ann{new_id()}, bob{new_id()}, cy{new_id()};
party bulk_of(party p) {
    p.bulk = true;
    return p;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fair_shares)

BOOST_AUTO_TEST_CASE(one_user_holds_half_of_the_threads_and_another_begins_at_once) {
    scene s(4);
    for (char name : {'a', 'b', 'c', 'd'})
        s.ask(ann, name);
    BOOST_TEST(s.begun == "ab");
    s.ask(bob, 'X');
    BOOST_TEST(s.begun == "abX");
    s.done(bob);
    BOOST_TEST(s.begun == "abX", "a thread that is free stays free for others");
    s.done(ann);
    BOOST_TEST(s.begun == "abXc");
}

BOOST_AUTO_TEST_CASE(users_who_wait_are_served_in_turn) {
    scene s(2);
    s.ask(cy, '1');
    s.ask(bob, '2');
    for (char name : {'a', 'b', 'c'})
        s.ask(ann, name);
    s.ask(cy, 'x');
    s.ask(bob, 'y');
    s.done(cy);
    BOOST_TEST(s.begun == "12a");
    s.done(ann);
    BOOST_TEST(s.begun == "12ax", "not the whole of the first one's queue");
    s.done(bob);
    BOOST_TEST(s.begun == "12axy");
    s.done(cy);
    BOOST_TEST(s.begun == "12axyb");
}

BOOST_AUTO_TEST_CASE(bulk_work_of_all_together_holds_half_of_the_threads_and_gives_way_to_quick_work) {
    scene s(4);
    s.ask(bulk_of(ann), 'A');
    s.ask(bulk_of(bob), 'B');
    s.ask(bulk_of(cy), 'C');
    BOOST_TEST(s.begun == "AB");
    s.ask(cy, 'c');
    BOOST_TEST(s.begun == "ABc");
    s.done(bulk_of(bob));
    BOOST_TEST(s.begun == "ABcC");
    s.ask(bulk_of(ann), 'D');
    s.ask(ann, 'a');
    s.ask(ann, 'b');
    BOOST_TEST(s.begun == "ABcCa");
    s.done(bulk_of(ann));
    BOOST_TEST(s.begun == "ABcCab");
}

BOOST_AUTO_TEST_CASE(bulk_work_of_one_user_leaves_room_for_that_of_another) {
    scene s(4);
    s.ask(bulk_of(ann), 'A');
    s.ask(bulk_of(ann), 'B');
    s.ask(bulk_of(bob), 'X');
    BOOST_TEST(s.begun == "AX");
    s.done(bulk_of(bob));
    BOOST_TEST(s.begun == "AX");
    s.done(bulk_of(ann));
    BOOST_TEST(s.begun == "AXB");
}

BOOST_AUTO_TEST_CASE(a_single_thread_serves_everybody) {
    scene s(1);
    s.ask(bulk_of(ann), 'A');
    s.ask(ann, 'a');
    s.ask(bob, 'b');
    s.done(bulk_of(ann));
    s.done(ann);
    s.done(bob);
    BOOST_TEST(s.begun == "Aab");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
