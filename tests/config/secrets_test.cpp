#include "steward/config/secrets.hpp"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "steward/base/limits.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::config;

namespace {

const std::string kToken = "a-token-of-some-length";

std::string write(const test::TempFolder& folder, const std::string& name,
                  const std::string& content, mode_t mode = 0640) {
  std::ofstream(folder.path(name)) << content;
  ::chmod(folder.path(name).c_str(), mode);
  return folder.path(name);
}

Control with(const std::vector<Credentials>& all) {
  Control control;
  for (const auto& each : all) {
    const std::string name = "p" + std::to_string(control.principals.size());
    control.principals.push_back({{name, control::Role::viewer, {}, {}}, each});
  }
  return control;
}

std::string problem(const Credentials& credentials) {
  const auto secrets = load_secrets(with({credentials}));
  return secrets ? "" : secrets.error().front();
}

}  // namespace

TEST_CASE("tokens become hashes, without the line end of their file") {
  const test::TempFolder folder;
  const auto secrets = load_secrets(
      with({{{std::string(64, 'A')}, {write(folder, "t", kToken + "\r\n")}, {}, {}, {}}}));
  REQUIRE(secrets);
  CHECK(secrets->principals[0].token_sha256 ==
        std::vector<std::string>{std::string(64, 'a'), token_hash(kToken)});
  CHECK(token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a secret that is not safe is refused, and never repeated") {
  const test::TempFolder folder;
  CHECK(problem({{}, {folder.path("none")}, {}, {}, {}}).find("cannot be read") !=
        std::string::npos);
  CHECK(problem({{}, {write(folder, "open", kToken, 0644)}, {}, {}, {}}).find("chmod 640") !=
        std::string::npos);
  const auto guessable = problem({{}, {}, {}, {}, {write(folder, "short", "hunter2\n")}});
  CHECK(guessable.find("can be guessed") != std::string::npos);
  CHECK(guessable.find("hunter2") == std::string::npos);
  CHECK(problem({{}, {write(folder, "empty", "")}, {}, {}, {}}).find("can be guessed") !=
        std::string::npos);
  const std::string large(limits::kSecretBytes + 1, 'x');
  CHECK(problem({{}, {write(folder, "large", large)}, {}, {}, {}}).find("at most") !=
        std::string::npos);
}

TEST_CASE("two principals cannot have one token") {
  const test::TempFolder folder;
  const std::string file = write(folder, "t", kToken);
  const auto secrets = load_secrets(with({{{}, {file}, {}, {}, {}}, {{}, {file}, {}, {}, {}}}));
  REQUIRE(!secrets);
  CHECK(secrets.error().front() == "principals: p0 and p1 have the same token or secret");
}
