#include "steward/cli/sessions_left.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace steward::cli {

void SessionsLeft::see(const Json& servers) {
  std::int64_t sum = 0;
  bool known = true, there = false;
  for (const Json& each : list_at(servers, "servers")) {
    if (text_at(each, "server") != server_) continue;
    there = true;
    const auto sessions = each.find("sessions");
    known = known && sessions != each.end() && sessions->is_number_integer();
    if (known) sum += sessions->get<std::int64_t>();
  }
  if (!there || !known) {
    left_ = std::nullopt;  // a daemon that was just started knows no server yet
  } else {
    see(sum);
  }
}

void SessionsLeft::see(std::int64_t sessions) {
  left_ = std::max<std::int64_t>(0, sessions);
  most_ = std::max(most_, *left_);
}

double SessionsLeft::part() const {
  if (!left_) return 0;
  if (most_ == 0) return 1;
  return 1.0 - static_cast<double>(*left_) / static_cast<double>(most_);
}

std::string SessionsLeft::words() const {
  if (!left_) return "sessions are not known yet";
  if (*left_ == 0) return "no session left";
  return fmt::format("{} session{} left", *left_, *left_ == 1 ? "" : "s");
}

}  // namespace steward::cli
