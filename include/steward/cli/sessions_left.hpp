// How far a server is drained, by what the API says of it from time to time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "steward/cli/client.hpp"

namespace steward::cli {

// Not thread-safe.
class SessionsLeft {
 public:
  SessionsLeft() = default;
  explicit SessionsLeft(std::string server) : server_(std::move(server)) {}

  // An answer of GET servers: the sessions of the servers of that name, in all.
  void see(const Json& servers);
  void see(std::int64_t sessions);

  // Nothing until they are known of every one.
  [[nodiscard]] std::optional<std::int64_t> left() const { return left_; }
  // Of the most there were, 0 to 1.
  [[nodiscard]] double part() const;
  [[nodiscard]] std::string words() const;  // "12 sessions left"

 private:
  std::string server_;
  std::optional<std::int64_t> left_;
  std::int64_t most_ = 0;
};

}  // namespace steward::cli
