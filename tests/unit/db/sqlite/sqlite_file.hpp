// A SQLite file in a folder of its own, made from a script, gone with the object.
#pragma once
#include <sqlite3.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace vanna::test {

class sqlite_file {
  public:
    explicit sqlite_file(std::string const& script) {
        char folder_name[] = "/tmp/vanna-sqlite-XXXXXX";
        BOOST_REQUIRE(::mkdtemp(folder_name));
        folder_ = folder_name;
        run(script);
    }
    ~sqlite_file() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    sqlite_file(sqlite_file const&) = delete;

    std::string path() const { return folder_ / "target file.db"; }
    std::filesystem::path folder() const { return folder_; }
    void run(std::string const& script) const { run_on(path(), script); }
    std::string bytes() const { return bytes_of(path()); }

    static void run_on(std::string const& path, std::string const& script) {
        sqlite3* db = nullptr;
        BOOST_REQUIRE_EQUAL(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        char* message = nullptr;
        int const code = sqlite3_exec(db, script.c_str(), nullptr, nullptr, &message);
        std::string const text = message ? message : "";
        sqlite3_free(message);
        sqlite3_close(db);
        BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, text);
    }
    static std::string bytes_of(std::filesystem::path const& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

  private:
    std::filesystem::path folder_;
};

}  // namespace vanna::test
