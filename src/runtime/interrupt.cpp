#include "steward/runtime/interrupt.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace steward::runtime {

Interrupt::Interrupt() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Interrupt::raise() {
  if (descriptor_ >= 0) ::eventfd_write(descriptor_, 1);
}

}  // namespace steward::runtime
