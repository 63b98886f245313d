// The durable record: overrides, holds, automation and the audit log. Another engine would be
// another implementation of Ledger; SQLite's is sqlite_ledger.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/audit.hpp"
#include "steward/control/hold.hpp"
#include "steward/control/membership.hpp"
#include "steward/control/override.hpp"
#include "steward/control/rollout.hpp"

namespace steward::ledger {

// The kill switch.
struct Automation {
  bool paused = false;
  std::string by;  // the principal
  std::string reason;
  Time since{};
  bool operator==(const Automation&) const = default;
};

// When HAProxy was last seen, and what was not believed of it (control::Witness::resume).
struct Looked {
  Time at{};
  std::string epoch, doubts;
  bool operator==(const Looked&) const = default;
};

// What belongs together: all of it becomes durable, or nothing.
struct Batch {
  std::vector<control::Override> overrides;  // as they are now; by id
  std::vector<control::Hold> holds;          // as they are now; by target and setting
  std::vector<control::Hold> dropped;        // holds that ended: target and setting count
  std::optional<Automation> automation;
  std::vector<control::AuditRecord> audit;         // in order
  std::vector<control::Membership> memberships{};  // as they are now; by id
  std::vector<control::Rollout> rollouts{};
  std::map<std::string, Looked> looked{};  // by instance
  // False for what can be learnt from HAProxy again: it survives the process however that ends, and
  // a power cut once the next batch has.
  bool synced = true;

  [[nodiscard]] bool empty() const {
    return overrides.empty() && holds.empty() && dropped.empty() && !automation && audit.empty() &&
           memberships.empty() && rollouts.empty() && looked.empty();
  }
};

// What a start finds.
struct Contents {
  std::vector<control::Override> overrides;  // live ones, and those that ended since a given time
  std::vector<control::Hold> holds;
  std::vector<control::Membership> memberships;  // as overrides
  std::vector<control::Rollout> rollouts;
  std::map<std::string, Looked> looked;
  Automation automation;
};

struct AuditLine {
  std::uint64_t sequence = 0;  // 1, 2, 3 … without a gap
  std::string previous;        // the hash of the line before, 64 hexadecimal digits; zeros for the
                               // first
  std::string hash;            // SHA-256 over `previous` and the record
  control::AuditRecord record;
};

struct AuditQuery {
  std::uint64_t after = 0;              // lines with a greater sequence number
  std::optional<std::uint64_t> before;  // … and a smaller one
  bool newest_first = false;
  std::size_t most = 100;                             // at most limits::kAuditPage
  std::string target, principal, override_id, event;  // empty: any; else equal
};

struct OverrideQuery {
  std::vector<control::Phase> phases;     // empty: any
  std::string instance, backend, server;  // empty: any
  std::string before_id;                  // for paging: older than this one
  std::size_t most = 100;                 // at most limits::kOverridePage
};

// How the chain stands. `broken_at` is the first sequence number that is not what its
// predecessor says; lines that retention removed are not missed, if only the oldest are gone.
struct ChainReport {
  std::uint64_t first = 0, last = 0;  // 0: no lines
  std::optional<std::uint64_t> broken_at;
};

// Thread-safe. Every Error of commit means: nothing of the batch is kept.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Returns once the batch survives a power cut (but see Batch::synced).
  virtual Result<void> commit(const Batch& batch) = 0;

  // All that lives; and what ended since then, or is of an alert that was heard of since then, but
  // for people's overrides: nobody asks for those.
  virtual Result<Contents> load(Time ended_since) = 0;
  virtual Result<std::vector<AuditLine>> audit(const AuditQuery& query) = 0;
  virtual Result<std::vector<control::Override>> overrides(
      const OverrideQuery& query) = 0;  // newest first
  virtual Result<std::optional<control::Override>> find(const std::string& id) = 0;
  virtual Result<ChainReport> verify() = 0;
  virtual std::uint64_t last_sequence() = 0;

  // Removes audit lines and ended overrides that are older than `before`, and the oldest audit
  // lines until the file is at most `bytes` (0: any size). Live overrides always stay. Returns how
  // many lines went.
  virtual Result<std::size_t> trim(Time before, std::uint64_t bytes) = 0;

  virtual std::uint64_t bytes() = 0;  // on disk
};

}  // namespace steward::ledger
