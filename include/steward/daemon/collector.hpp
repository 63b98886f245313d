// One HAProxy's answers → a Snapshot. Asks when asked, never on a timer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/daemon/demand.hpp"
#include "steward/daemon/pacing.hpp"
#include "steward/runtime/socket.hpp"
#include "steward/stats/snapshot.hpp"

namespace steward::daemon {

// A part of a scrape that HAProxy refused (a socket of level user, an older version) or did not
// give in a second: the page goes without it.
struct MissingPart {
  std::string name;  // "tables", "resolvers", "certificates", "old_workers"
  Error error;
};

struct Collected {
  stats::Snapshot snapshot;
  std::vector<MissingPart> missing;
};

// Thread-safe. At most one dump of a HAProxy is under way; those who ask for the same meanwhile
// get its result, those who ask for something else wait their turn.
class Collector {
 public:
  struct Options {
    config::Pacing pacing = config::Pacing::automatic;
  };

  // The sockets must outlive it; `master` may be null.
  Collector(Options options, runtime::RuntimeSocket& stats, runtime::RuntimeSocket* master)
      : options_(options), stats_(stats), master_(master) {}

  // All or nothing: an Error unless `show info`, `show stat` and `show servers state` came whole
  // before the deadline.
  [[nodiscard]] Result<std::shared_ptr<const Collected>> collect(const Demand& demand,
                                                                 runtime::Deadline deadline);

 private:
  using Outcome = Result<std::shared_ptr<const Collected>>;
  struct Flight {
    Demand demand;
    std::optional<Outcome> outcome;
  };
  struct CertificateCache {
    std::vector<stats::Certificate> certificates;
    std::int64_t pid = 0;
    std::chrono::steady_clock::time_point read_at;
  };

  class Landing;
  Outcome lead(std::unique_lock<std::mutex>& lock, const Demand& demand,
               runtime::Deadline deadline);
  Result<Collected> read(const Demand& demand, runtime::Deadline deadline);
  void read_parts(const Demand& demand, runtime::Deadline deadline, Collected& into);
  Result<std::vector<stats::Certificate>> read_certificates(std::int64_t pid,
                                                            runtime::Deadline deadline);

  const Options options_;
  runtime::RuntimeSocket& stats_;
  runtime::RuntimeSocket* const master_;

  std::mutex mutex_;
  std::condition_variable landed_;
  std::shared_ptr<Flight> flight_;  // guarded by mutex_

  // Touched only by the one that leads a flight.
  std::optional<Shape> shape_;
  std::optional<CertificateCache> certificates_;
};

}  // namespace steward::daemon
