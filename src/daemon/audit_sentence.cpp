#include "steward/daemon/audit_sentence.hpp"

#include <fmt/format.h>

#include <string_view>

namespace steward::daemon {

std::string sentence_of(const control::AuditRecord& line) {
  std::string text = line.event;
  const auto add = [&](std::string_view before, const std::string& what) {
    if (!what.empty()) text += fmt::format("{}{}", before, what);
  };
  add(" ", line.target);
  add(" ", line.setting);
  add(" ", line.after);
  add(" was ", line.before);
  add(", override ", line.subject.id);
  add(", rule ", line.rule);
  add(", alert ", line.alert);
  add(", by ", line.principal);
  add(", command ", line.command);
  add(", answer ", line.answer);
  add(": ", line.verdict);
  return text;
}

}  // namespace steward::daemon
