// Bytes of the fuzzer as events: four for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/life.hpp"

namespace steward::fuzz {

inline std::vector<control::test::LifeEvent> events_of(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 100;
  std::vector<control::test::LifeEvent> events;
  for (; size >= 4 && events.size() < kMost; data += 4, size -= 4) {
    events.push_back({static_cast<control::test::What>(data[0] % control::test::kKinds),
                      data[1] % 8U, data[2], data[3] * 2U});
  }
  return events;
}

}  // namespace steward::fuzz
