// What was typed behind the verbs, the commands that act on HAProxy or look at what was done.
// Plain values, as text; what was not given is empty.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace steward::cli {

using Typed = std::optional<std::string>;

// Whom to ask, and how to answer: of all verbs.
struct ConnectionFlags {
  Typed url, token_file, cacert, socket, timeout, output;
};

// Of drain, maint, ready, weight, health and checks.
struct ActFlags {
  Typed target, value, instance, lease, reason, wait, ramp, over;
  bool force = false, dry_run = false;
};

// Of add and remove.
struct MembershipFlags {
  Typed target, address, like, instance, timeout, on_timeout, reason;
  std::vector<std::string> options;  // each "key=value"
  bool force = false, dry_run = false;
};

// Of rollout.
struct RolloutFlags {
  Typed backend, cycle, instance, max_parallel, drain_timeout, on_timeout, health_timeout,
      approval_timeout, soak, max_5xx, hook, reason;
  std::vector<std::string> replace;  // each "OUT=IN@ADDRESS"
  std::vector<std::string> options;
  bool approval = false, no_rollback = false, detach = false, dry_run = false;
};

// Of rollouts, overrides, release, audit, pause, resume, evaluate, state-file and completion.
struct RecordFlags {
  Typed id, action, server, reason, limit, file, shell, what, instance, format;
  bool all = false, follow = false;
};

struct VerbFlags {
  std::string verb;  // the command's name
  ConnectionFlags connection;
  ActFlags act;
  MembershipFlags membership;
  RolloutFlags rollout;
  RecordFlags record;
};

}  // namespace steward::cli
