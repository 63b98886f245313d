// Ends every wait for HAProxy at once, when the process is asked to end.
#pragma once

namespace steward::runtime {

// Raised once, for good. Thread-safe; must outlive the sockets that watch it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void raise();

  // Readable once raised: to be polled beside what is waited for. -1 if the system gave none.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace steward::runtime
