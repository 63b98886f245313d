#include "steward/cli/about.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "steward/base/version.hpp"
#include "steward/cli/table.hpp"

namespace steward::cli {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;  // says its name itself
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

std::string dotted(int major, int minor, int patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

std::string about() {
  return fmt::format("haproxy-steward {} (revision {})\n", version(), revision());
}

std::string about_in_full() {
  const Table parts{
      {{}, {}, {}},
      {{{}, {"compiler"}, {kCompiler}},
       {{}, {"OpenSSL"}, {OpenSSL_version(OPENSSL_VERSION)}},  // the one that is loaded
       {{}, {"spdlog"}, {dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)}},
       {{}, {"fmt"}, {dotted(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)}},
       {{},
        {"nlohmann-json"},
        {dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                NLOHMANN_JSON_VERSION_PATCH)}},
       {{}, {"CLI11"}, {CLI11_VERSION}}}};
  return about() + to_text(parts, false);
}

}  // namespace steward::cli
