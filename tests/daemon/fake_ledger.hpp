// A ledger in memory that takes what it is told, or nothing while it is full.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "steward/ledger/ledger.hpp"

namespace steward::daemon::test {

class FakeLedger : public ledger::Ledger {
 public:
  Result<void> commit(const ledger::Batch& batch) override {
    if (full) return fail(ErrorCode::unreachable, "no space is left");
    for (const auto& [name, each] : batch.looked) looked[name] = each;
    audit_lines.insert(audit_lines.end(), batch.audit.begin(), batch.audit.end());
    return {};
  }
  Result<ledger::Contents> load(Time) override { return ledger::Contents{}; }
  Result<std::vector<ledger::AuditLine>> audit(const ledger::AuditQuery&) override { return {}; }
  Result<std::vector<control::Override>> overrides(const ledger::OverrideQuery&) override {
    return {};
  }
  Result<std::optional<control::Override>> find(const std::string&) override { return {}; }
  Result<ledger::ChainReport> verify() override { return ledger::ChainReport{}; }
  std::uint64_t last_sequence() override { return 0; }
  Result<std::size_t> trim(Time, std::uint64_t) override { return 0; }
  std::uint64_t bytes() override { return 0; }

  [[nodiscard]] std::vector<control::AuditRecord> lines_of(const std::string& event) const {
    std::vector<control::AuditRecord> all;
    std::ranges::copy_if(audit_lines, std::back_inserter(all),
                         [&](const control::AuditRecord& line) { return line.event == event; });
    return all;
  }

  bool full = false;
  std::map<std::string, ledger::Looked> looked;
  std::vector<control::AuditRecord> audit_lines;
};

}  // namespace steward::daemon::test
