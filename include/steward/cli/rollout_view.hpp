// A rollout in words. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "steward/base/time.hpp"
#include "steward/cli/client.hpp"
#include "steward/cli/progress.hpp"
#include "steward/cli/table.hpp"

namespace steward::cli {

// What a step is called: the server that goes out, else the one that comes in.
[[nodiscard]] std::string server_of(const Json& step);

// The servers of the steps at this stage.
[[nodiscard]] std::vector<std::string> steps_at(const Json& rollout, std::string_view stage);

[[nodiscard]] bool rollout_is_over(const Json& rollout);
[[nodiscard]] int code_of_rollout(const Json& rollout);  // done, or 1

// "rollout web", how many steps are done, and what the others are at.
[[nodiscard]] Progress progress_of(const Json& rollout);

// Until what is under way has to be over, at `now`; the longest, if it is several.
[[nodiscard]] std::optional<std::chrono::milliseconds> left_of(const Json& rollout, Time now);

// A row a rollout; a row a step of one.
[[nodiscard]] Table rollouts_table(const Json& rollouts);
[[nodiscard]] std::string rollout_text(const Json& rollout, bool colour);

}  // namespace steward::cli
