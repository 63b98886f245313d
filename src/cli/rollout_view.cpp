#include "steward/cli/rollout_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "steward/base/duration.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/act_view.hpp"
#include "steward/cli/cli.hpp"

namespace steward::cli {
namespace {

// How far a step is at each stage.
struct StepProgress {
  std::string_view name;
  double part;
  Tone tone;
  std::string_view
      term;  // the rollout's, that says how long it may last; empty: it does not matter
};
constexpr std::array<StepProgress, 11> kStepProgress{
    {{"waiting", 0, Tone::plain, ""},
     {"adding", 0.1, Tone::warning, "health_timeout"},
     {"draining", 0.3, Tone::warning, "drain_timeout"},
     {"approval", 0.5, Tone::warning, "approval_timeout"},
     {"returning", 0.6, Tone::warning, "health_timeout"},
     {"soaking", 0.8, Tone::warning, "soak"},
     {"removing", 0.9, Tone::warning, "drain_timeout"},
     {"done", 1, Tone::good, ""},
     {"undoing", 0.5, Tone::bad, "health_timeout"},
     {"undone", 0, Tone::plain, ""},
     {"failed", 0, Tone::bad, ""}}};

const StepProgress* step_progress(const Json& step) {
  const std::string name = text_at(step, "stage");
  const auto* found = std::find_if(kStepProgress.begin(), kStepProgress.end(),
                                   [&](const StepProgress& stage) { return stage.name == name; });
  return found == kStepProgress.end() ? nullptr : found;
}

bool worth_telling(const Json& step) {
  const std::string stage = text_at(step, "stage");
  if (stage == "waiting") return !text_at(step, "detail").empty();
  return stage != "done" && stage != "undone";
}

std::string sessions_words(const Json& step) {
  const std::string sessions = text_at(step, "sessions");
  if (sessions.empty()) return {};
  return fmt::format(", {} session{} left", printable(sessions), sessions == "1" ? "" : "s");
}

// What the step waits for, where its stage does not say it.
std::string detail_words(const Json& step) {
  constexpr std::array<std::string_view, 5> kTelling{"waiting", "adding", "returning", "undoing",
                                                     "failed"};
  const std::string stage = text_at(step, "stage"), detail = text_at(step, "detail");
  const bool telling = std::find(kTelling.begin(), kTelling.end(), stage) != kTelling.end();
  return telling && !detail.empty() ? ", " + printable(detail, 1'000) : "";
}

std::string step_words(const Json& step, bool approval) {
  const std::string stage = text_at(step, "stage");
  const std::string words = stage != "approval" ? stage
                            : approval          ? "waits for approval"
                                                : "in maintenance";
  return fmt::format("{} {}{}{}", server_of(step), printable(words), sessions_words(step),
                     detail_words(step));
}

Tone rollout_tone(const std::string& phase) {
  if (phase == "done") return Tone::good;
  if (phase == "failed" || phase == "rolled_back") return Tone::bad;
  return Tone::warning;
}

std::string done_words(const Json& rollout) {
  return fmt::format("{} of {} done", steps_at(rollout, "done").size(),
                     list_at(rollout, "steps").size());
}

}  // namespace

std::string server_of(const Json& step) {
  const std::string out = text_at(step, "out");
  return printable(out.empty() ? text_at(step, "in") : out);
}

std::vector<std::string> steps_at(const Json& rollout, std::string_view stage) {
  std::vector<std::string> servers;
  for (const Json& step : list_at(rollout, "steps")) {
    if (text_at(step, "stage") == stage) servers.push_back(server_of(step));
  }
  return servers;
}

bool rollout_is_over(const Json& rollout) {
  const std::string phase = text_at(rollout, "phase");
  return phase == "done" || phase == "rolled_back" || phase == "failed";
}

int code_of_rollout(const Json& rollout) {
  return text_at(rollout, "phase") == "done" ? done : failed;
}

Progress progress_of(const Json& rollout) {
  const Json& steps = list_at(rollout, "steps");
  const std::string phase = text_at(rollout, "phase");
  Progress progress{"rollout " + text_at(rollout, "backend"), 0, "", {}};
  std::vector<std::string> parts{done_words(rollout)};
  if (phase != "running") parts.insert(parts.begin(), printable(phase));
  for (const Json& step : steps) {
    const StepProgress* stage = step_progress(step);
    progress.part += (stage == nullptr ? 0 : stage->part) / static_cast<double>(steps.size());
    if (worth_telling(step)) {
      parts.push_back(step_words(step, text_at(rollout, "approval") == "true"));
    }
  }
  if (phase == "done") progress.part = 1;
  const std::string detail = text_at(rollout, "detail");
  if (!detail.empty()) parts.push_back(printable(detail, 1'000));
  progress.state = fmt::format("{}", fmt::join(parts, "; "));
  return progress;
}

std::optional<std::chrono::milliseconds> left_of(const Json& rollout, Time now) {
  using std::chrono::milliseconds;
  if (text_at(rollout, "phase") == "paused") return std::nullopt;
  std::optional<milliseconds> most;
  for (const Json& step : list_at(rollout, "steps")) {
    const StepProgress* stage = step_progress(step);
    if (stage == nullptr || stage->term.empty()) continue;
    const bool turns_round = stage->name == "approval" && text_at(rollout, "approval") != "true";
    const auto term =
        parse_duration(text_at(rollout, turns_round ? "health_timeout" : stage->term));
    const auto since = parse_time(text_at(step, "since"));
    if (!term || !since) continue;
    const auto left = std::chrono::ceil<milliseconds>(*since + *term - now);
    most = std::max(most.value_or(left), left);
  }
  return most;
}

Table rollouts_table(const Json& rollouts) {
  Table table{{{"ID"}, {"BACKEND"}, {"PHASE"}, {"STEPS"}, {"BY"}, {"CREATED"}, {"DETAIL"}}, {}};
  for (const Json& each : list_at(rollouts, "rollouts")) {
    const std::string phase = text_at(each, "phase");
    table.rows.push_back({{text_at(each, "id")},
                          {text_at(each, "backend")},
                          {phase, rollout_tone(phase)},
                          {done_words(each)},
                          {text_at(each, "principal")},
                          {short_time(text_at(each, "created"))},
                          {text_at(each, "detail")}});
  }
  return table;
}

std::string rollout_text(const Json& rollout, bool colour) {
  Table table{{{"OUT"}, {"IN"}, {"ADDRESS"}, {"STAGE"}, {"SINCE"}, {"DETAIL"}}, {}};
  for (const Json& step : list_at(rollout, "steps")) {
    const StepProgress* stage = step_progress(step);
    table.rows.push_back({{text_at(step, "out")},
                          {text_at(step, "in")},
                          {text_at(step, "address")},
                          {text_at(step, "stage"), stage == nullptr ? Tone::plain : stage->tone},
                          {short_time(text_at(step, "since"))},
                          {text_at(step, "detail")}});
  }
  const Progress progress = progress_of(rollout);
  return fmt::format("rollout {} of {}: {}\n{}", printable(text_at(rollout, "id")),
                     printable(text_at(rollout, "backend")), progress.state,
                     to_text(table, colour));
}

}  // namespace steward::cli
