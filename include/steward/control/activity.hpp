// What goes on at servers: read only while somebody waits for it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "steward/base/time.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::control {

// One server's, of `show stat`.
struct Activity {
  std::uint64_t sessions = 0;                  // and requests queued for it
  std::uint64_t answers = 0, answers_5xx = 0;  // of HTTP, since HAProxy started; TCP has none
};

// Of some backends, read at one moment.
class Activities {
 public:
  // `read_at` is when the reading began. Sessions of `old` processes, which a reload left behind,
  // count as well.
  Activities(Time read_at, std::vector<stats::StatTable> tables,
             std::vector<stats::StatTable> old = {});
  [[nodiscard]] Time read_at() const { return read_at_; }
  [[nodiscard]] const Activity* find(const ServerKey& server) const;  // null: not read
  // The sessions that old processes have to it, whether it is still there or not.
  [[nodiscard]] std::uint64_t left(const ServerKey& server) const;

 private:
  Time read_at_;
  std::vector<stats::StatTable> tables_, old_;  // own the names
  std::unordered_map<ServerKey, Activity, ServerKeyHash> all_;
  std::unordered_map<ServerKey, std::uint64_t, ServerKeyHash> left_;
};

}  // namespace steward::control
