// One listening socket and its threads: plain or TLS, authenticated or open, bounded in all.
#pragma once

#include <memory>
#include <string>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

struct ListenerOptions {
  TcpAddress address;           // port 0: any free one
  std::string web_config_file;  // exporter-toolkit's; empty: no TLS, no users
  unsigned max_requests = 40;   // answered at once; more get 503. 0: no limit
};

// Serves from open() to stop() or destruction. Thread-safe; stop() may be called twice.
class Listener {
 public:
  // Binds and starts answering. Fails with one sentence when the port is taken, the address does
  // not exist here, or the web config file is wrong (every problem in it, with file:line:column).
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(const ListenerOptions& options,
                                                              Handler handler);
  virtual ~Listener() = default;

  [[nodiscard]] virtual TcpAddress address() const = 0;  // with the port really bound

  // No new connections; answers under way are finished; returns when all threads have ended.
  virtual void stop() = 0;
};

}  // namespace steward::http
