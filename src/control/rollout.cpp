#include "steward/control/rollout.hpp"

#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kRolloutPhases = words_of<RolloutPhase>(
    "running", "paused", "finishing", "rolling_back", "done", "rolled_back", "failed");
constexpr auto kStepStages =
    words_of<StepStage>("waiting", "adding", "draining", "approval", "returning", "soaking",
                        "removing", "undoing", "done", "undone", "failed");

}  // namespace

std::string_view to_string(RolloutPhase phase) { return kRolloutPhases.of(phase); }
std::string_view to_string(StepStage stage) { return kStepStages.of(stage); }
Result<RolloutPhase> parse_rollout_phase(std::string_view text) {
  return kRolloutPhases.parse("phase of a rollout", text);
}
Result<StepStage> parse_step_stage(std::string_view text) {
  return kStepStages.parse("stage of a step", text);
}

}  // namespace steward::control
