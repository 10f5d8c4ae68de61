#include "config/settings.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/config/temporary_file.hpp"

namespace vanna::config {
namespace {

bool names(loaded const& l, std::string_view name) {
    for (auto const& p : l.problems)
        if (p.name == name) return true;
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_)

BOOST_AUTO_TEST_CASE(without_any_source_every_setting_has_its_documented_default) {
    auto const l = load({});
    BOOST_TEST(l.problems.empty());
    BOOST_TEST(l.values.port == 8000u);
    BOOST_TEST(l.values.query_max_bytes == 16u << 20);
    BOOST_TEST(l.values.max_sql_bytes == 100'000u);
    BOOST_TEST(l.values.spool_dir == "data/spool");
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_the_environment_beats_live_rows_beat_the_file) {
    temporary_file file("QUERY_MAX_ROWS=1\nQUERY_TIMEOUT_MS=1000\nPORT=1\n");
    auto const l = load({.command_line = {{"PORT", "3"}},
                         .environment = {{"PORT", "2"}, {"QUERY_MAX_ROWS", "30"}},
                         .live_rows = {{"QUERY_MAX_ROWS", "20"}, {"QUERY_TIMEOUT_MS", "2000"}, {"PORT", "9"}},
                         .env_file = file.path});
    BOOST_TEST(l.values.port == 3u);
    BOOST_TEST(l.values.query_max_rows == 30u);
    BOOST_TEST(l.values.query_timeout_ms == 2000u);
    BOOST_TEST(bool(l.origins.at("QUERY_TIMEOUT_MS") == origin::live_row));
}

BOOST_AUTO_TEST_CASE(every_wrong_value_is_reported_in_one_go_and_secrets_stay_hidden) {
    auto const l = load(
        {.environment = {
             {"PORT", "99999"}, {"WORKERS", "two"}, {"JWT_SECRET", "short-secret"}, {"DEBUG", "maybe"}}});
    BOOST_TEST(l.problems.size() == 4u);
    for (auto const& p : l.problems)
        BOOST_TEST(p.message.find("short-secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_secret_leaves_the_place_to_a_live_row) {
    temporary_file nothing("\n"), something("of-the-file\n");
    for (auto const& [environment, wanted] :
         {std::pair<name_values, std::string>{{{"LLM_API_KEY_FILE", nothing.path}}, "of-the-row"},
          {{{"LLM_API_KEY", ""}}, "of-the-row"},
          {{{"LLM_API_KEY_FILE", something.path}}, "of-the-file"}}) {
        auto const l = load({.environment = environment, .live_rows = {{"LLM_API_KEY", "of-the-row"}}});
        BOOST_TEST(l.problems.empty());
        BOOST_TEST(l.values.llm_api_key == wanted);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_name_in_the_file_is_a_warning_with_the_nearest_known_one) {
    temporary_file file("PROT=8000\n");
    auto const l = load({.env_file = file.path});
    BOOST_TEST(l.problems.empty());
    BOOST_REQUIRE(l.warnings.size() == 1u);
    BOOST_TEST(l.warnings[0].find("PORT") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(production_refuses_published_secrets_and_wants_its_choices_stated) {
    auto const l = load({.environment = {{"APP_ENV", "production"}}});
    for (auto name : {"JWT_SECRET", "INIT_ADMIN_PASSWORD", "SEED_DEMO_DATA", "ENABLE_TARGET_DB",
                      "AUTO_TRAIN_CHROMA", "BACKUP_SIGNING_KEY"})
        BOOST_TEST(names(l, name), name);
    auto const good = load({.environment = {{"APP_ENV", "production"},
                                            {"JWT_SECRET", std::string(40, 'x')},
                                            {"INIT_ADMIN_PASSWORD", "another password"},
                                            {"SEED_DEMO_DATA", "false"},
                                            {"ENABLE_TARGET_DB", "true"},
                                            {"BACKUP_SIGNING_KEY", std::string(40, 'k')},
                                            {"AUTO_TRAIN_CHROMA_ON_INIT", "true"}}});
    BOOST_TEST(good.problems.empty());
    BOOST_TEST(good.values.auto_train_chroma);
}

BOOST_AUTO_TEST_CASE(a_remote_embedder_needs_an_address_and_a_model) {
    auto const l = load({.environment = {{"EMBEDDING_PROVIDER", "http"}}});
    BOOST_TEST(names(l, "EMBEDDING_URL"));
    BOOST_TEST(names(l, "EMBEDDING_MODEL"));
    BOOST_TEST(load({.environment = {{"EMBEDDING_PROVIDER", "http"},
                                     {"EMBEDDING_URL", "http://localhost:11434/v1"},
                                     {"EMBEDDING_MODEL", "nomic-embed-text"}}})
                   .problems.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_may_come_from_a_file_but_not_twice_and_not_from_the_command_line) {
    temporary_file secret(std::string(40, 's') + "\n");
    auto const l = load({.environment = {{"JWT_SECRET_FILE", secret.path}}});
    BOOST_TEST(l.problems.empty());
    BOOST_TEST(l.values.jwt_secret == std::string(40, 's'));
    BOOST_TEST(
        names(load({.environment = {{"JWT_SECRET_FILE", secret.path}, {"JWT_SECRET", std::string(40, 't')}}}),
              "JWT_SECRET"));
    BOOST_TEST(names(load({.command_line = {{"JWT_SECRET", std::string(40, 't')}}}), "JWT_SECRET"));
    BOOST_TEST(names(load({.command_line = {{"REDIS_URL", "redis://u:p@h:1"}}}), "REDIS_URL"));
    BOOST_TEST(names(load({.environment = {{"JWT_SECRET_FILE", "/nowhere/at/all"}}}), "JWT_SECRET_FILE"));
}

BOOST_AUTO_TEST_CASE(two_names_of_one_setting_with_different_values_are_an_error) {
    BOOST_TEST(
        names(load({.environment = {{"AUTO_TRAIN_CHROMA", "true"}, {"AUTO_TRAIN_CHROMA_ON_INIT", "false"}}}),
              "AUTO_TRAIN_CHROMA"));
    BOOST_TEST(
        !names(load({.environment = {{"AUTO_TRAIN_CHROMA", "true"}, {"AUTO_TRAIN_CHROMA_ON_INIT", "1"}}}),
               "AUTO_TRAIN_CHROMA"));
    temporary_file file("AUTO_TRAIN_CHROMA_ON_INIT=false\n");
    BOOST_TEST(names(load({.environment = {{"AUTO_TRAIN_CHROMA", "true"}}, .env_file = file.path}),
                     "AUTO_TRAIN_CHROMA"));
    BOOST_TEST(!names(load({.environment = {{"AUTO_TRAIN_CHROMA", "0"}}, .env_file = file.path}),
                      "AUTO_TRAIN_CHROMA"));
}

BOOST_AUTO_TEST_CASE(secrets_and_passwords_in_urls_are_masked_when_shown) {
    auto const l = load({.environment = {{"DATABASE_URL", "postgresql://u:hunter2@h/db"}}});
    BOOST_TEST(show(l.values, *find("DATABASE_URL")) == "postgresql://u:***@h/db");
    BOOST_TEST(show(l.values, *find("JWT_SECRET")) == "***");
}

BOOST_AUTO_TEST_CASE(a_sqlite_url_names_the_source_with_an_absolute_path) {
    auto l = load({.environment = {{"ENABLE_TARGET_DB", "true"},
                                   {"TARGET_DATABASE_URL", "sqlite:////srv/x.db?mode=ro"}}});
    BOOST_TEST(target_of(l.values).source == "/srv/x.db");
    l = load({.environment = {{"ENABLE_TARGET_DB", "true"}, {"TARGET_DATABASE_URL", "postgresql://h/db"}}});
    BOOST_TEST(bool(target_of(l.values).type == target_address::engine::postgresql));
    BOOST_TEST(bool(target_of(load({}).values).type == target_address::engine::demo));
    l = load({.environment = {{"SEED_DEMO_DATA", "false"}}});
    BOOST_TEST(bool(target_of(l.values).type == target_address::engine::none));
}

BOOST_AUTO_TEST_CASE(the_shipped_example_is_what_the_table_says) {
    std::ifstream in(std::string(VANNA_SOURCE_DIR) + "/config/.env.example");
    std::string const shipped{std::istreambuf_iterator<char>(in), {}};
    BOOST_TEST(shipped == env_example());
}

BOOST_AUTO_TEST_CASE(the_readme_shows_the_table_of_settings) {
    std::ifstream in(std::string(VANNA_SOURCE_DIR) + "/README.md");
    std::string const readme{std::istreambuf_iterator<char>(in), {}};
    BOOST_TEST(readme.find(markdown_table()) != std::string::npos,
               "README.md: replace the table with the output of vanna-engine config table");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::config
