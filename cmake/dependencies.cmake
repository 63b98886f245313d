# Everything the project links, found once. scripts/deps installs it all; cmake/dependencies.yml has
# their licences and advisories, and the same versions.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(SQLiteCpp 3.2 REQUIRED)

pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(re2::re2 ALIAS PkgConfig::RE2)

include(cmake/httplib.cmake)
include(cmake/compression.cmake)

if(STEWARD_TESTS)
  find_package(Catch2 3 REQUIRED)
  include(Catch)
endif()
