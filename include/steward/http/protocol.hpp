// HTTP/1.1 on a connection: the only part that knows the HTTP library. Unaware of sockets and
// threads, and of what is answered.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "steward/http/channel.hpp"
#include "steward/http/connections.hpp"
#include "steward/http/message.hpp"
#include "steward/http/request_limit.hpp"
#include "steward/http/web_settings.hpp"

namespace steward::http {

// One request and its answer, while it lasts.
struct Exchange {
  Channel& channel;
  Connections::Member& member;
  std::shared_ptr<const WebSettings> settings;
  std::string peer;                // its address
  std::string client;              // its certificate's name
  std::vector<std::string> names;  // all of them
  bool last = false;               // the connection carries no more after this one
  bool expects = false;            // the client waits for a 100 (Continue) before its body
  bool keep = false;               // after exchange(): it may carry another
  bool visible_end = true;         // the answer's framing shows whether it is whole
  RequestLimit::Place place{};
};

// Thread-safe: one serves all connections.
class Protocol {
 public:
  // May change the request (its principal) and forbid a further one by exchange.keep.
  using Answer = std::function<Response(Request&, Exchange&)>;

  Protocol(Answer answer, ProblemHook on_problem, RefusalStyle refusal = {});
  ~Protocol();
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;

  // Reads a request, has it answered and writes the answer. False: it was not written to its end.
  // What is not HTTP is answered here; an exception of `answer` is a 500, one of a BodyStream a
  // cut; both are told to the hook.
  [[nodiscard]] bool exchange(Exchange& exchange);

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

}  // namespace steward::http
