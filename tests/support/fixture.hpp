// Files of tests/fixtures.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace steward::test {

inline std::string read_fixture(const std::string& name) {
  const std::string path = std::string(STEWARD_FIXTURES) + "/" + name;
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The HAProxies whose answers are in fixtures/captures.
inline std::vector<std::string> captured_versions() {
  return {"2.4.0", "2.6.12", "2.8.0", "3.0.11", "3.2.26", "3.3.0", "3.4.0", "3.5-dev5"};
}

}  // namespace steward::test
