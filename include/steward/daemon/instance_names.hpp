// The names of instances over a change of the configuration: what the ledger has of an instance
// must not be forgotten because nobody calls it by that name any more.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::daemon {

// What the configuration says of instances.
struct InstanceNames {
  std::vector<std::string> configured;
  std::map<std::string, std::string> renamed;  // from the old name to the new one
  std::set<std::string> abandoned;             // what the ledger has of them is to be forgotten
};

// The instances with live overrides, memberships or rollouts, or with something of ours in force.
[[nodiscard]] std::set<std::string> in_use(const ledger::Contents& contents);

// Why the names do not do; nothing is lost only if every instance in use is configured, renamed or
// abandoned. The message says how to write that.
[[nodiscard]] Result<void> check_names(const InstanceNames& names,
                                       const std::set<std::string>& in_use);

// Gives what is of renamed instances its new name, and ends what is of abandoned ones. Returns what
// is to become durable.
[[nodiscard]] ledger::Batch settle_names(const InstanceNames& names, ledger::Contents& contents,
                                         Time now);

}  // namespace steward::daemon
