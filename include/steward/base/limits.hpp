// Every limit of the program, by name. Past a limit there is an error that names it; nothing is
// half done.
#pragma once

#include <chrono>
#include <cstddef>

namespace steward::limits {

using namespace std::chrono_literals;

// HAProxy's answers. 512 MiB holds a `show stat` of two million servers.
inline constexpr std::size_t kAnswerBytes = 512U << 20U;
inline constexpr std::size_t kRowBytes = 60'000;  // one CSV row; HAProxy's own buffer is 16 KiB
inline constexpr std::size_t kColumns = 1'024;    // of `show stat`; HAProxy 3.5 has 230
inline constexpr std::size_t kRows = 2'000'000;
inline constexpr std::size_t kCertificates = 1'000;  // looked up in one scrape
inline constexpr std::size_t kOldWorkers = 32;       // asked in one scrape

// Configuration.
inline constexpr std::size_t kConfigBytes = 1U << 20U;
inline constexpr std::size_t kConfigDepth = 16;       // maps and lists within each other
inline constexpr std::size_t kConfigNodes = 100'000;  // keys and values in one file
inline constexpr std::size_t kConfigProblems = 100;   // listed; the rest is counted
inline constexpr auto kDurationMax = 87'600h;         // ten years
inline constexpr std::size_t kInstances = 64;
inline constexpr std::size_t kListenAddresses = 16;

// HTTP.
inline constexpr std::size_t kRequestBodyBytes = 64U << 10U;  // the metrics listener wants none
inline constexpr std::size_t kQueryParameters = 64;
inline constexpr std::size_t kPatternBytes = 1'024;          // a proxy= or server= pattern
inline constexpr std::size_t kPageBlockBytes = 128U << 10U;  // a page is rendered in such blocks
inline constexpr auto kScrapeTimeoutMax = 120s;

}  // namespace steward::limits
