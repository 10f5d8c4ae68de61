#include "server/web/files.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <regex>

namespace vanna {

BOOST_AUTO_TEST_SUITE(web_files)

BOOST_AUTO_TEST_CASE(the_page_is_in_the_program_byte_for_byte) {
    std::ifstream in(std::string(VANNA_SOURCE_DIR) + "/assets/web/docs.html", std::ios::binary);
    std::string const original(std::istreambuf_iterator<char>(in), {});
    BOOST_TEST(!original.empty());
    BOOST_TEST(web::file("docs.html").value() == original);
}

BOOST_AUTO_TEST_CASE(every_file_the_page_and_its_scripts_name_is_in_the_program) {
    std::regex const path("/docs/([a-z]+\\.[a-z]+)");
    std::size_t named = 0;
    for (auto const& f : web::files()) {
        if (f.name == "openapi.json") continue;
        std::string const text(f.bytes);
        for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at, ++named)
            BOOST_TEST(web::page_part((*at)[1].str()).has_value(), f.name << " names " << (*at)[0]);
    }
    BOOST_TEST(named >= 3u);
}

BOOST_AUTO_TEST_CASE(the_page_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere) {
    std::string const page(web::file("docs.html").value());
    std::regex const inlined("<script(?![^>]*src=)|<style|\\sstyle=|\\son[a-z]+=|https?:");
    BOOST_TEST(!std::regex_search(page, inlined));
    for (auto const& f : web::files())
        if (f.name.ends_with(".js"))
            BOOST_TEST(!std::regex_search(std::string(f.bytes), std::regex("innerHTML|eval\\(|https?:")),
                       f.name);
}

BOOST_AUTO_TEST_CASE(only_parts_of_the_page_are_served_below_it) {
    BOOST_TEST(web::page_part("docs.css").has_value());
    for (auto const* other : {"openapi.json", "docs.html", "ontology.yaml"})
        BOOST_TEST(!web::page_part(other).has_value());
    BOOST_TEST(!web::page_part("../docs.css").has_value());
    BOOST_TEST(!web::page_part("").has_value());
}

BOOST_AUTO_TEST_CASE(every_file_has_a_type_that_browsers_accept_with_nosniff) {
    for (auto const& f : web::files())
        if (web::page_part(f.name))
            BOOST_TEST(web::content_type(f.name) != "application/octet-stream", f.name);
}

BOOST_AUTO_TEST_CASE(the_document_is_openapi_3_1_of_this_version) {
    auto const document = boost::json::parse(web::file("openapi.json").value());
    BOOST_TEST(document.at("openapi").as_string() == "3.1.0");
    BOOST_TEST(document.at("info").at("version").as_string() == VANNA_VERSION);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
