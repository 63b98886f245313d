// What the control listener answers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/daemon/control_metrics.hpp"
#include "steward/daemon/hold_file_writer.hpp"
#include "steward/daemon/keeper.hpp"
#include "steward/daemon/log.hpp"
#include "steward/http/authenticator.hpp"
#include "steward/http/message.hpp"
#include "steward/http/router.hpp"
#include "steward/ledger/ledger.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::http {

// What the routes work with. All that is referred to must outlive the handler.
struct ControlParts {
  daemon::Keeper& keeper;
  ledger::Ledger& ledger;
  Authenticator& authenticator;
  daemon::ControlMetrics& metrics;
  daemon::Log log;
  // Reads the configuration again; the error says what is wrong with it (every problem).
  std::function<Result<void>()> reload;
  // `show stat` of the servers of each HAProxy that answers, for what only it tells.
  std::function<std::map<std::string, std::shared_ptr<const stats::StatTable>>()> statistics;
  // What each HAProxy's hold files would say now; null: there are none.
  std::function<std::map<std::string, daemon::HoldFiles>()> holds{};
};

// Every route but the open /-/healthy and /-/ready; openapi.yaml describes them.
[[nodiscard]] std::vector<Route> control_routes(const ControlParts& parts);

// The answer to a call of somebody that came to nothing; the audit has it, as far as it can be
// written.
[[nodiscard]] Response refused_call(const ControlParts& parts, const Call& call, Response response,
                                    std::string_view why);

}  // namespace steward::http
