// The server-state file of a HAProxy in memory ("show servers state > file", and a restart with
// load-server-state-from-file), as HAProxy 2.6 to 3.4 read it.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "control/fake_server.hpp"

namespace steward::control::test {

struct FakeRow {
  FakeServer server;      // as it was
  Seconds unchanged = 0;  // since its last change
};

// The rows of a file, by backend and server.
using FakeStateFile = std::map<std::pair<std::string, std::string>, FakeRow>;

// Decides what the file makes of a state: a changed "disabled" beats it, and so does a weight that
// was 0 in the configuration and is not.
inline std::uint32_t restored_admin(std::uint32_t in_file, const FakeServer& was,
                                    const FakeServer& configured) {
  std::uint32_t admin = configured.disabled ? stats::forced_maint : 0U;
  if (was.disabled == configured.disabled) admin = in_file & stats::forced_maint;
  const bool drained = (in_file & stats::forced_drain) != 0;
  if (admin == 0 && drained && (was.initial > 0 || configured.initial == 0)) {
    admin = stats::forced_drain;
  }
  return admin;
}

// Restores a server that has begun as configured. The result of its last check comes back with its
// health, so that it looks checked; whether it stands is not known before its next check ends.
inline void restore(FakeServer& server, const FakeRow& row, Seconds now) {
  const FakeServer& was = row.server;
  const std::uint32_t others = server.admin & ~kSetByHand;
  server.admin = others | restored_admin(was.admin, was, server);
  const bool down = server.in_maint() || was.operational == stats::op_stopped;
  server.operational = down ? stats::op_stopped : was.operational;
  server.health = down ? 0 : server.full_health();
  server.check_status = was.check_status;
  server.check_result = was.checking ? 0 : was.check_result;
  server.last_change = now - row.unchanged;
  if (was.has_checks) server.checks = was.checks;
  if (was.has_agent) server.agent = server.has_agent && was.agent;
  if (was.initial == server.initial) server.weight = was.weight;
  server.ghost.admin = restored_admin(was.ghost.admin, was, server);
  if (was.has_checks) server.ghost.checks = was.ghost.checks;
  if (was.has_agent) server.ghost.agent = server.has_agent && was.ghost.agent;
  if (was.initial == server.initial) server.ghost.weight = was.ghost.weight;
}

}  // namespace steward::control::test
