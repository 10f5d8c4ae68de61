#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {
namespace {

struct verb_line {
    std::string_view forms, nouns;  // words with blanks between
};

// What people do, and the things that a schema keeps about it.
constexpr auto verb_lines = std::to_array<verb_line>({
    {"speak speaks spoke spoken speaking", "language"},
    {"teach teaches taught teaching", "course class subject lesson teacher instructor"},
    {"study studies studied studying", "major course subject student degree"},
    {"take takes took taken taking", "course class exam test enrollment"},
    {"enroll enrolls enrolled enrolling enrol enrols", "enrollment enrolment course class program degree"},
    {"attend attends attended attending", "attendance event class course school meeting"},
    {"visit visits visited visiting", "visit visitor"},
    {"play plays played playing", "player game match sport position team instrument"},
    {"win wins won winning", "winner award prize match game"},
    {"lose loses lost losing", "loser match game"},
    {"fly flies flew flown flying", "flight airline airport plane aircraft"},
    {"drive drives drove driven driving", "driver car vehicle race"},
    {"race races raced racing", "race driver"},
    {"write writes wrote written writing", "author writer book publication paper"},
    {"publish publishes published publishing", "publisher publication book paper"},
    {"direct directs directed directing", "director film movie"},
    {"sing sings sang sung singing", "singer song concert"},
    {"perform performs performed performing", "performer performance concert show"},
    {"compose composes composed composing", "composer song"},
    {"host hosts hosted hosting", "host event party"},
    {"own owns owned owning", "owner ownership"},
    {"buy buys bought buying purchase purchases purchased purchasing", "order purchase sale buyer"},
    {"order orders ordered ordering", "order"},
    {"sell sells sold selling", "sale seller salesperson"},
    {"pay pays paid paying", "payment"},
    {"rent rents rented renting", "rental apartment lease"},
    {"hire hires hired hiring employ employs employed employing", "employee employment hiring staff"},
    {"work works worked working", "employee employment job department company shop staff project"},
    {"manage manages managed managing lead leads led leading", "manager leader head department"},
    {"live lives lived living reside resides resided residing", "address city town country residence"},
    {"stay stays stayed staying", "stay reservation room guest"},
    {"book books booked booking reserve reserves reserved", "booking reservation"},
    {"treat treats treated treating", "treatment patient"},
    {"prescribe prescribes prescribed prescribing", "prescription medication medicine"},
    {"diagnose diagnoses diagnosed", "diagnosis"},
    {"vote votes voted voting", "vote voter"},
    {"rate rates rated rating review reviews reviewed", "rating review score"},
    {"design designs designed designing", "designer design"},
    {"build builds built building", "builder building"},
    {"make makes made making manufacture manufactures manufactured produce produces produced",
     "maker manufacturer producer model"},
    {"invest invests invested investing", "investor investment"},
    {"donate donates donated donating", "donor donation"},
    {"lend lends lent borrow borrows borrowed", "loan borrower lender"},
    {"weigh weighs weighed weighing", "weight"},
    {"depart departs departed departing leave leaves left leaving", "departure source origin"},
    {"arrive arrives arrived arriving land lands landed landing", "arrival destination"},
    {"fight fights fought fighting", "battle fight"},
    {"die dies died dying kill kills killed", "death"},
    {"show shows showed shown air airs aired airing broadcast broadcasts", "channel show program programme"},
    {"act acts acted acting star stars starred starring", "actor cast film movie play role"},
    {"nominate nominates nominated", "nomination"},
    {"serve serves served serving", "service server"},
    {"store stores stored storing stock stocks stocked", "storage stock inventory warehouse"},
    {"ship ships shipped shipping deliver delivers delivered", "shipment shipping delivery"},
    {"supply supplies supplied supplying", "supplier supply"},
});

using verb_map = std::unordered_map<std::string_view, std::string_view>;

verb_map make_verbs() {
    verb_map map;
    for (auto const& line : verb_lines)
        for (auto left = line.forms; !left.empty();) {
            auto const end = std::min(left.find(' '), left.size());
            map.emplace(left.substr(0, end), line.nouns);
            left.remove_prefix(std::min(end + 1, left.size()));
        }
    return map;
}

}  // namespace

bool goes_with(std::string_view lower_verb, std::string_view singular_noun) {
    static verb_map const map = make_verbs();
    auto const found = map.find(lower_verb);
    if (found == map.end() || singular_noun.empty()) return false;
    auto const padded = " " + std::string(found->second) + " ";
    return padded.find(" " + std::string(singular_noun) + " ") != std::string::npos;
}

}  // namespace vanna::ask::builtin
