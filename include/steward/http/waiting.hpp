// Who wants to know when a connection's thread waits for its client.
#pragma once

namespace steward::http {

// Called on the connection's thread.
class Waiting {
 public:
  Waiting() = default;
  virtual ~Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  virtual void begins() = 0;
  // False: the connection was given up meanwhile; whatever came is not to be used.
  [[nodiscard]] virtual bool ends() = 0;
};

}  // namespace steward::http
