# Debian's libraries, and Boost's header-only parts compiled once.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS program_options unit_test_framework filesystem)
find_package(OpenSSL REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(LibArchive REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(yaml-cpp REQUIRED)

add_library(vanna_boost STATIC .ci/cmake/boost.cpp)
target_link_libraries(vanna_boost PUBLIC vanna_flags Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_precompile_headers(vanna_boost PRIVATE .ci/cmake/precompiled.hpp)
