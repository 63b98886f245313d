#include "steward/runtime/socket.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/runtime/connection.hpp"

namespace steward::runtime {
namespace {

// A line end would be a second command to some versions, a NUL to others: neither is ever sent.
bool sendable(std::string_view line) {
  return !line.empty() && std::none_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

Result<void> read_all(Connection& connection, Pace pace, Deadline deadline,
                      const Consumer& consume) {
  std::vector<char> buffer(pace.bytes);
  std::size_t total = 0;
  for (;;) {
    // A peer that trickles is never quite silent: ask the clock, too.
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::timed_out, "the answer was not complete in time ({} bytes so far)",
                  total);
    }
    const auto got = connection.receive(buffer, deadline);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return {};
    total += *got;
    if (total > limits::kAnswerBytes) {
      return fail(ErrorCode::limit, "the answer is longer than {} bytes", limits::kAnswerBytes);
    }
    if (auto taken = consume({buffer.data(), *got}); !taken) return taken;
    if (pace.pause.count() > 0) std::this_thread::sleep_for(pace.pause);
  }
}

}  // namespace

Result<void> SocketClient::converse(std::string_view line, Pace pace, Deadline deadline,
                                    const Consumer& consume) {
  if (!sendable(line)) {
    return fail(ErrorCode::invalid, "'{}' is not a command line", printable(line));
  }
  auto connection = Connection::open(address_, deadline, interrupt_);
  if (!connection) return tl::unexpected(connection.error());
  auto sent = connection->send(std::string(line) + "\n", deadline);
  auto done = sent ? read_all(*connection, pace, deadline, consume) : sent;
  if (!done) {
    return fail_within(fmt::format("{}, {}", to_string(address_), printable(line, 60)),
                       done.error());
  }
  return {};
}

Result<std::string> ask(RuntimeSocket& socket, std::string_view line, Deadline deadline,
                        Pace pace) {
  std::string answer;
  auto done = socket.converse(line, pace, deadline, [&](std::string_view bytes) -> Result<void> {
    answer += bytes;
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return answer;
}

}  // namespace steward::runtime
