// One question to HAProxy's runtime socket. Unaware of what is asked and why.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/runtime/interrupt.hpp"

namespace steward::runtime {

using Deadline = std::chrono::steady_clock::time_point;

// Takes the next bytes of an answer; its Error ends the conversation and is passed on.
using Consumer = std::function<Result<void>(std::string_view)>;

// How an answer is read. HAProxy writes as fast as it is read, on the thread that also serves
// traffic: reading slowly is what keeps a long dump from holding that thread.
struct Pace {
  std::size_t bytes = std::size_t{64} << 10U;  // at most so much at a time,
  std::chrono::microseconds pause{0};          // with so long between
};

// A connection a question: sent, read to the end of file, closed. HAProxy closes after the answer
// of a line, so the end of file is the one reliable mark that there is no more (pooled,
// interactive connections answer differently in every version; see management.txt, 9.3).
class RuntimeSocket {
 public:
  virtual ~RuntimeSocket() = default;

  // `line` is one command line, commands separated by ";", without line end. Errors:
  // unreachable (nobody there, no permission), timed_out (the deadline passed; HAProxy may hang,
  // or all its `stats maxconn` slots are taken), limit (an answer too long), invalid (a line with
  // control characters: nothing is sent), or the consumer's own.
  virtual Result<void> converse(std::string_view line, Pace pace, Deadline deadline,
                                const Consumer& consume) = 0;
};

// The real one. Stateless: any number of threads may converse at once.
class SocketClient final : public RuntimeSocket {
 public:
  // `interrupt`, if given, ends what is under way and what is begun later (unreachable).
  explicit SocketClient(Address address, const Interrupt* interrupt = nullptr)
      : address_(std::move(address)), interrupt_(interrupt) {}
  Result<void> converse(std::string_view line, Pace pace, Deadline deadline,
                        const Consumer& consume) override;

 private:
  Address address_;
  const Interrupt* interrupt_;
};

// A whole answer, as it came.
[[nodiscard]] Result<std::string> ask(RuntimeSocket& socket, std::string_view line,
                                      Deadline deadline, Pace pace = {});

}  // namespace steward::runtime
