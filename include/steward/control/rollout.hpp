// A rollout: servers of a backend replaced or cycled through, a few at a time, in every HAProxy
// that has them. Plain values. Nothing is deleted before all of it has succeeded, so that it can be
// undone: the old servers return, the new ones go.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/override.hpp"

namespace steward::control {

enum class RolloutPhase : std::uint8_t {
  running,
  paused,
  finishing,     // all that was new serves; what is old is being removed
  rolling_back,  // what is old returns, what is new goes
  done,
  rolled_back,
  failed,  // something is left to do for a person: `detail` says what
};
[[nodiscard]] std::string_view to_string(RolloutPhase phase);
[[nodiscard]] Result<RolloutPhase> parse_rollout_phase(std::string_view text);
[[nodiscard]] constexpr bool live(RolloutPhase phase) { return phase < RolloutPhase::done; }

enum class StepStage : std::uint8_t {
  waiting,
  adding,     // the new server joins
  draining,   // the old one, or the one that is cycled, loses its sessions
  approval,   // it is in maintenance; somebody does what is to be done, and says so
  returning,  // through a passed check
  soaking,    // in service, and watched
  removing,   // the old one, at the end
  undoing,
  done,
  undone,
  failed,
};
[[nodiscard]] std::string_view to_string(StepStage stage);
[[nodiscard]] Result<StepStage> parse_step_stage(std::string_view text);
// Whether something is being done about it.
[[nodiscard]] constexpr bool busy(StepStage stage) {
  return stage > StepStage::waiting && stage < StepStage::done;
}

// Answers so far, to see what came in between.
struct Answered {
  std::uint64_t all = 0, errors = 0;
  bool operator==(const Answered&) const = default;
};

struct RolloutStep {
  std::string out;      // the server that is cycled, or replaced
  std::string in;       // what replaces it; empty: it is cycled
  std::string address;  // of `in`
  StepStage stage = StepStage::waiting;
  Time since{};
  Time cut_at{};  // when HAProxy was last told to shut its sessions down
  bool approved = false;
  std::vector<std::string> idle;          // the instances where `out` did not serve before
  bool stays_out = false;                 // it was cycled and is no good: a person has to look
  std::vector<std::string> overrides;     // that keep `out` out, one an instance
  std::vector<std::string> memberships;   // of `in`, then of the removal of `out`
  std::vector<Answered> before_soak;      // by instance
  std::optional<std::uint64_t> sessions;  // that are left, while it is drained
  Guard held = Guard::none;               // waiting: the guard that does not let it begin
  std::string detail;
  bool operator==(const RolloutStep&) const = default;
};

struct RolloutTerms {
  std::uint32_t max_parallel = 1;
  std::chrono::milliseconds drain_timeout{std::chrono::minutes(5)};
  bool cut = false;  // sessions that are left then are shut down; else the rollout fails
  bool approval = false;
  std::chrono::milliseconds approval_timeout{std::chrono::hours(1)};
  std::chrono::milliseconds health_timeout{std::chrono::minutes(1)};
  std::chrono::milliseconds soak{std::chrono::seconds(10)};
  std::optional<double> max_5xx;  // percent of the answers while it soaks
  bool rollback = true;
  std::vector<std::pair<std::string, std::string>> options;  // of new servers: ServerOptions

  bool operator==(const RolloutTerms&) const = default;
};

struct Rollout {
  std::string id;
  std::string backend;
  std::vector<std::string> instances;  // that have it
  RolloutTerms terms;
  std::vector<RolloutStep> steps;
  RolloutPhase phase = RolloutPhase::running;
  std::string principal, reason;
  Time created{};
  std::optional<Time> ended;
  std::string detail;
  bool operator==(const Rollout&) const = default;
};

}  // namespace steward::control
