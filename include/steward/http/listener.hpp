// One listening socket and its threads: plain or TLS, authenticated or open, bounded in all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/config/control_config.hpp"
#include "steward/http/message.hpp"
#include "steward/http/patience.hpp"
#include "steward/http/web_settings.hpp"

namespace steward::http {

struct ListenerOptions {
  config::ListenAddress address;     // port 0: any free one
  std::uint32_t socket_mode = 0660;  // of a unix socket
  std::string web_config_file;       // exporter-toolkit's; empty: no TLS, no users
  unsigned max_requests = 40;        // answered at once; more get 503. 0: no limit but kConnections
  std::string limit_hint = "see --web.max-requests";  // what the 503 ends with
  ProblemHook on_problem;  // what a running listener cannot tell its clients: a web config file
                           // broken later on, an exception of the handler. From any thread.
  Patience patience;

  // A larger body is refused, a smaller one is read whole; 0: bodies are thrown away.
  std::size_t body_bytes = 0;
  // Whether the users of the web config are asked for. False: the handler sees to it.
  bool authenticates = true;
  // What can be said of a request before its body is read.
  std::function<HeadVerdict(const Request&)> before_body;
  bool demands_tls = false;  // open() fails if the web config has none
  // What refusals look like that the handler never sees: by default, a line of text.
  RefusalStyle refusal;
};

// Serves from open() to stop() or destruction. Thread-safe; stop() may be called twice.
//
// Refused before the handler: framing tricks (400, 411, 413, 415), too many requests a second
// (429, web config), no or wrong credentials (401, web config) on every path, more than
// max_requests at once (503; of requests that are not proven, kUnprovenRequests). The handler sees
// GET and HEAD without a body, and other methods whose body is in the request, if body_bytes says
// so, or thrown away. HEAD answers carry no body and no BodyStream is called for them.
class Listener {
 public:
  // Binds and starts answering. Fails with one sentence when the port is taken, the address does
  // not exist here, or the web config file is wrong (every problem in it, with file:line:column).
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(const ListenerOptions& options,
                                                              Handler handler);
  virtual ~Listener() = default;

  // With the port really bound; of a unix socket it is empty.
  [[nodiscard]] virtual TcpAddress address() const = 0;

  // No new connections; answers under way are finished, or cut after Patience::stop; returns when
  // all threads have ended. A handler that never returns is waited for.
  virtual void stop() = 0;
};

}  // namespace steward::http
