// How long a listener waits for its clients.
#pragma once

#include <chrono>

#include "steward/base/limits.hpp"

namespace steward::http {

struct Patience {
  std::chrono::milliseconds first_byte = limits::kFirstByteTimeout;
  std::chrono::milliseconds keep_alive = limits::kKeepAliveTimeout;
  std::chrono::milliseconds handshake = limits::kHandshakeTimeout;
  std::chrono::milliseconds request_head = limits::kRequestHeadTimeout;
  std::chrono::milliseconds body = limits::kControlBodyTimeout;
  std::chrono::milliseconds write_stall = limits::kWriteStallTimeout;
  std::chrono::milliseconds answer = limits::kAnswerTimeout;
  std::chrono::milliseconds linger = limits::kLingerTimeout;
  std::chrono::milliseconds stop = limits::kStopTimeout;
};

}  // namespace steward::http
