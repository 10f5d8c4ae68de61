#include "core/ask/builtin/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace vanna::ask::builtin {
namespace {

using pair = std::pair<std::string_view, std::string_view>;

constexpr auto abbreviations = std::to_array<pair>({
    {"acct", "account"},       {"addr", "address"},      {"amt", "amount"},       {"avg", "average"},
    {"bal", "balance"},        {"bday", "birth date"},   {"cat", "category"},     {"cd", "code"},
    {"cnt", "count"},          {"cntry", "country"},     {"co", "company"},       {"cred", "credit"},
    {"ctry", "country"},       {"cur", "currency"},      {"curr", "currency"},    {"cust", "customer"},
    {"dept", "department"},    {"dep", "departure"},     {"desc", "description"}, {"descr", "description"},
    {"dest", "destination"},   {"dst", "destination"},   {"dist", "distance"},    {"div", "division"},
    {"dob", "date of birth"},  {"dt", "date"},           {"emp", "employee"},     {"exp", "expiry"},
    {"fname", "first name"},   {"freq", "frequency"},    {"hq", "headquarters"},  {"hrs", "hours"},
    {"indep", "independence"}, {"inv", "invoice"},       {"lang", "language"},    {"lat", "latitude"},
    {"lname", "last name"},    {"lng", "longitude"},     {"loc", "location"},     {"lon", "longitude"},
    {"max", "maximum"},        {"mfr", "manufacturer"},  {"mgr", "manager"},      {"min", "minimum"},
    {"mo", "month"},           {"msg", "message"},       {"nbr", "number"},       {"no", "number"},
    {"num", "number"},         {"org", "organization"},  {"orig", "original"},    {"pct", "percent"},
    {"perc", "percent"},       {"phn", "phone"},         {"pos", "position"},     {"pop", "population"},
    {"prc", "price"},          {"prev", "previous"},     {"prod", "product"},     {"pwd", "password"},
    {"qty", "quantity"},       {"quant", "quantity"},    {"rcvd", "received"},    {"ref", "reference"},
    {"reg", "region"},         {"req", "required"},      {"sal", "salary"},       {"sched", "schedule"},
    {"seq", "sequence"},       {"src", "source"},        {"stat", "status"},      {"stu", "student"},
    {"std", "standard"},       {"tel", "telephone"},     {"temp", "temperature"}, {"tot", "total"},
    {"txn", "transaction"},    {"trans", "transaction"}, {"univ", "university"},  {"val", "value"},
    {"vol", "volume"},         {"whse", "warehouse"},    {"wt", "weight"},        {"yr", "year"},
    {"zip", "zip code"},
});

constexpr auto common_words = std::to_array<std::string_view>({
    "account",     "address",     "age",         "air",      "amount",  "area",      "arrival",
    "author",      "balance",     "birth",       "book",     "budget",  "building",  "capital",
    "category",    "channel",     "city",        "class",    "code",    "color",     "company",
    "contact",     "cost",        "count",       "country",  "county",  "course",    "created",
    "credit",      "currency",    "customer",    "date",     "day",     "delivery",  "department",
    "departure",   "description", "destination", "detail",   "details", "discount",  "district",
    "document",    "duration",    "email",       "employee", "end",     "event",     "expectancy",
    "film",        "first",       "flight",      "form",     "full",    "gender",    "government",
    "grade",       "group",       "head",        "height",   "home",    "hour",      "id",
    "invoice",     "item",        "job",         "key",      "kind",    "language",  "last",
    "length",      "level",       "life",        "line",     "local",   "location",  "manager",
    "member",      "method",      "middle",      "model",    "money",   "month",     "name",
    "nation",      "net",         "no",          "note",     "number",  "of",        "office",
    "old",         "open",        "order",       "origin",   "owner",   "parent",    "password",
    "payment",     "percent",     "person",      "phone",    "place",   "player",    "point",
    "population",  "position",    "postal",      "price",    "product", "project",   "property",
    "province",    "quantity",    "rank",        "rate",     "rating",  "reference", "region",
    "room",        "salary",      "sale",        "sales",    "school",  "score",     "season",
    "series",      "service",     "share",       "ship",     "shop",    "size",      "source",
    "staff",       "stars",       "start",       "state",    "status",  "stock",     "store",
    "street",      "student",     "sub",         "supplier", "surface", "table",     "team",
    "text",        "ticket",      "time",        "title",    "total",   "town",      "track",
    "transaction", "type",        "unit",        "update",   "updated", "user",      "value",
    "vehicle",     "version",     "volume",      "weight",   "width",   "year",      "zip",
});

// Each line: words that people use for one another.
constexpr auto synonym_lines = std::to_array<std::string_view>({
    "country nation",
    "employee worker staff",
    "student pupil",
    "teacher instructor lecturer",
    "customer client buyer shopper",
    "supplier vendor",
    "vendor supplier seller",
    "product item article goods",
    "salary wage pay income compensation earnings earn",
    "earnings income salary",
    "price cost",
    "cost price expense",
    "revenue sales turnover income",
    "sex gender",
    "car vehicle automobile",
    "phone telephone",
    "telephone phone",
    "mobile cell",
    "begin start",
    "end finish",
    "company firm business enterprise organization corporation",
    "shop store",
    "store shop branch",
    "purchase order",
    "order purchase",
    "amount total value sum",
    "total amount",
    "doctor physician",
    "invoice bill",
    "type kind category sort form",
    "category type kind group",
    "kind type",
    "department division",
    "manager boss supervisor head",
    "movie film",
    "film movie",
    "song track",
    "track song",
    "picture photo image",
    "city town",
    "town city hometown",
    "location place venue address",
    "address location",
    "language tongue",
    "people person",
    "person people human individual",
    "year yr",
    "job occupation profession position title",
    "title name",
    "name title",
    "abbreviation acronym",
    "nationality citizenship nation country",
    "hometown town home",
    "birthday birth dob",
    "expectancy expected",
    "leader head",
    "quantity amount number unit piece",
    "number quantity count",
    "stock inventory",
    "inventory stock",
    "rating score",
    "score rating point",
    "grade mark level",
    "level grade",
    "cost expense",
    "university college school",
    "college university",
    "school college",
    "author writer",
    "writer author",
    "actor performer",
    "singer artist musician",
    "artist singer musician painter",
    "album record cd",
    "area size surface land",
    "size area",
    "duration length time",
    "length duration",
    "capacity seats size",
    "description detail",
    "detail description",
    "email mail",
    "destination arrival arriving arrive",
    "source origin departure departing depart",
    "origin source departing depart",
    "born birth",
    "salesperson seller representative rep",
    "rep representative",
    "weight heavy weigh",
    "team club",
    "club team",
    "game match",
    "match game",
    "competition tournament contest",
    "flight plane",
    "airplane aircraft plane",
    "aircraft airplane plane",
    "balance amount",
    "payment paid",
    "gender sex",
    "house home property building",
    "apartment flat",
    "class course",
    "course class subject",
    "major subject",
    "member membership",
    "state province",
    "district area",
    "credit limit",
    "maker manufacturer producer brand",
    "manufacturer maker producer brand",
    "created creation made",
    "percentage percent share proportion",
    "percent percentage",
    "population inhabitant resident people person",
    "age aged",
    "founded established",
    "independence founded established",
    "opened open",
    "budget funding",
    "category class",
});

using synonym_map = std::unordered_map<std::string_view, std::vector<std::string_view>>;

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        auto const end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

// Both directions: whoever asks for a "nation" may mean the country, and the other way round.
synonym_map make_synonyms() {
    synonym_map map;
    auto const add = [&](std::string_view a, std::string_view b) {
        auto& list = map[a];
        if (a != b && std::find(list.begin(), list.end(), b) == list.end()) list.push_back(b);
    };
    for (auto line : synonym_lines) {
        auto const words = split(line);
        for (auto other : words) {
            add(words.front(), other);
            add(other, words.front());
        }
    }
    return map;
}

}  // namespace

std::string_view spelt_out(std::string_view part) {
    auto const found = std::find_if(abbreviations.begin(), abbreviations.end(),
                                    [&](pair const& p) { return p.first == part; });
    return found == abbreviations.end() ? std::string_view{} : found->second;
}

std::span<std::string_view const> identifier_words() {
    return common_words;
}

std::vector<std::string_view> const& synonyms(std::string_view singular) {
    static synonym_map const map = make_synonyms();
    static std::vector<std::string_view> const none;
    auto const found = map.find(singular);
    return found == map.end() ? none : found->second;
}

}  // namespace vanna::ask::builtin
