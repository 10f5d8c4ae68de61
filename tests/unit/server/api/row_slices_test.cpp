#include "server/api/row_slices.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace vanna::api {
namespace {

std::vector<std::string> all(row_slices slices) {
    std::vector<std::string> out;
    while (auto one = slices.next())
        out.emplace_back(*one);
    return out;
}

std::string found(std::string_view rows) {
    return R"("columns":[{"name":"],\"rows\":[","type":"TEXT"}],"rows":[)" + std::string(rows) +
           R"(],"row_count":2,"truncated":false)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slices_of_rows)

BOOST_AUTO_TEST_CASE(are_whole_rows_and_lose_none) {
    std::string const rows = R"([1,"a],[b"],[null,"\"]\\"],[3,"],\"row_count\":9"])";
    auto const text = found(rows);
    for (std::size_t least = 1; least < rows.size() + 5; ++least) {
        std::string joined;
        for (auto const& slice : all(row_slices(text, least))) {
            BOOST_TEST((slice.front() == '[' && slice.back() == ']'), slice);
            joined += (joined.empty() ? "" : ",") + slice;
        }
        BOOST_TEST(joined == rows);
    }
    BOOST_TEST(all(row_slices(text, 1)).size() == 3u);
    BOOST_TEST(all(row_slices(text, 1000)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(stand_between_the_columns_and_the_totals) {
    auto const text = found("[1]");
    row_slices const slices(text);
    BOOST_TEST(slices.columns() == R"([{"name":"],\"rows\":[","type":"TEXT"}])");
    BOOST_TEST(slices.totals() == R"("row_count":2,"truncated":false)");
}

BOOST_AUTO_TEST_CASE(of_no_rows_are_none) {
    auto const text = found("");
    row_slices slices(text);
    BOOST_TEST(!slices.next());
    BOOST_TEST(slices.totals() == R"("row_count":2,"truncated":false)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::api
