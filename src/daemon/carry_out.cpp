#include "steward/daemon/carry_out.hpp"

#include <span>
#include <string>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/runtime/commands.hpp"

namespace steward::daemon {
namespace {

using control::Done;
using control::Step;
using std::chrono::steady_clock;

// Commands that travel on one line.
struct Load {
  std::string line;
  std::vector<Done> steps;
  bool alone = false;
};

void pack(std::vector<Load>& loads, const Step& step, std::string text) {
  const bool fits = !loads.empty() && !loads.back().alone && !step.alone &&
                    loads.back().line.size() + 1 + text.size() <= limits::kCommandBytes;
  if (!fits) loads.push_back({{}, {}, step.alone});
  Load& load = loads.back();
  load.line += (load.line.empty() ? "" : ";") + text;
  load.steps.push_back(
      {step.target, step.aspect, std::move(text), {}, {}, step.subject, true, true, step.seen});
}

void leave_out(std::vector<Done>& steps, std::vector<Done>& done) {
  for (Done& each : steps) {
    each.sent = false;
    done.push_back(std::move(each));
  }
}

std::string words_of(const Result<std::string>& answer, std::size_t steps) {
  if (!answer) return answer.error().message;
  const std::string_view words = trim(*answer);
  const bool obeyed = words.empty();
  return obeyed || steps > 1 ? std::string() : std::string(words);
}

}  // namespace

std::vector<Done> carry_out(const std::vector<Step>& steps, runtime::RuntimeSocket& socket,
                            const std::function<runtime::Deadline()>& deadline) {
  std::vector<Load> loads;
  std::vector<Done> done;
  for (const Step& step : steps) {
    auto text = runtime::text_of(step.commands, step.target);
    if (text) {
      pack(loads, step, *std::move(text));
    } else {
      done.push_back({step.target, step.aspect, {}, text.error().message, {}, step.subject, true});
    }
  }
  const auto fresh_until = steady_clock::now() + limits::kViewAge;
  for (Load& load : loads) {
    const auto began = steady_clock::now();
    if (&load != &loads.front() && began > fresh_until) {
      leave_out(load.steps, done);
      continue;
    }
    const auto answer = runtime::ask(socket, load.line, deadline());
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    for (Done& each : load.steps) {
      each.answer = words_of(answer, load.steps.size());
      each.duration = took;
      each.heard = answer.has_value();
      done.push_back(std::move(each));
    }
  }
  return done;
}

}  // namespace steward::daemon
