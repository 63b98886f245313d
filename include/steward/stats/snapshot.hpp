// All that one scrape learnt of one HAProxy.
#pragma once

#include <optional>
#include <vector>

#include "steward/stats/answers.hpp"
#include "steward/stats/certificates.hpp"
#include "steward/stats/info.hpp"
#include "steward/stats/processes.hpp"
#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::stats {

// A worker that a reload left behind: it serves what it had until that ends.
struct OldWorker {
  Worker worker;
  Info info;
  StatTable stat;
};

// Immutable once built; shared between the requests that asked at the same time. What this
// HAProxy (or the level of its socket) does not tell is empty.
struct Snapshot {
  Info info;
  StatTable stat;
  ServersState servers;
  std::vector<StickTable> tables;
  std::vector<Nameserver> nameservers;
  std::vector<Certificate> certificates;
  std::optional<std::vector<OldWorker>> old_workers;  // nothing: no master socket is configured
};

}  // namespace steward::stats
