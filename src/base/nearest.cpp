#include "steward/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "steward/base/text.hpp"

namespace steward {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kNear = 2;
constexpr std::size_t kNamesShown = 20;

// How many letters differ (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// The nearest name, if it is near.
const std::string* nearest(std::string_view name, std::span<const std::string> names) {
  const std::string* best = nullptr;
  std::size_t best_distance = kNear + 1;
  if (name.size() > kLongestName) return nullptr;
  for (const std::string& each : names) {
    if (each.size() > kLongestName) continue;
    const std::size_t far = distance(name, each);
    if (far < best_distance && far <= each.size() / 2) {
      best = &each;
      best_distance = far;
    }
  }
  return best;
}

}  // namespace

std::string suggestion(std::string_view name, std::span<const std::string> names,
                       std::string_view there_is) {
  if (const std::string* near = nearest(name, names)) {
    return fmt::format("did you mean '{}'?", printable(*near));
  }
  if (names.empty()) return fmt::format("{} none", there_is);
  std::vector<std::string> shown;
  for (const std::string& each : names.first(std::min(names.size(), kNamesShown))) {
    shown.push_back(printable(each));
  }
  return fmt::format("{}: {}{}", there_is, fmt::join(shown, ", "),
                     names.size() > kNamesShown ? ", …" : "");
}

}  // namespace steward
