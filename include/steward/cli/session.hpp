// What a verb works with while it runs, and what all of them do alike.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "steward/cli/client.hpp"
#include "steward/cli/connect.hpp"
#include "steward/cli/display.hpp"
#include "steward/cli/interrupts.hpp"

namespace steward::cli {

// Where results and problems go. Tables are coloured if `colour`; progress is drawn as a bar where
// there is a width.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;
  TerminalWidth out_width{}, err_width{};
};

// All that is referred to must outlive it. Not thread-safe.
class Session {
 public:
  Session(Client& client, Interrupts& interrupts, const Streams& streams,
          const ConnectionOptions& options);

  [[nodiscard]] std::ostream& out() const { return streams_.out; }
  [[nodiscard]] bool colour() const { return streams_.colour; }
  [[nodiscard]] bool json() const { return options_.output == Output::json; }
  // There is no daemon: what is under way ends with us.
  [[nodiscard]] bool alone() const { return options_.socket.has_value(); }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return options_.timeout; }
  [[nodiscard]] Interrupts& interrupts() const { return interrupts_; }

  // "haproxy-steward release 17 --url …", to be typed by a person.
  [[nodiscard]] std::string command(std::string_view words) const;

  // Progress: among the results, but for JSON, which programs read.
  [[nodiscard]] Display display() const;

  // A call whose failure ends the command. Interrupted while it was under way: code 130.
  [[nodiscard]] Done<Json> call(const std::string& method, const std::string& target,
                                const Json& body = nullptr) const;

  // Asks for `target` again and again, first at once, until `over` says so with true; it is given
  // each answer. A daemon that does not answer for a while is waited for. Interrupted: code 130,
  // with an empty message: the caller knows what state things are in.
  using Over = std::function<Done<bool>(const Json&)>;
  [[nodiscard]] Done<void> poll(const std::string& target, const Over& over,
                                std::chrono::milliseconds every = kPollEvery) const;

  // Interrupted where nobody would go on with it: undoes it by a call, and asks for `target` until
  // it is over, half a minute at most. The last that was heard of it. Another Ctrl-C ends the
  // process.
  using IsOver = std::function<bool(const Json&)>;
  Json take_back(const std::string& method, const std::string& undo, const Json& body,
                 const std::string& target, const IsOver& over) const;

  static constexpr auto kPollEvery = std::chrono::milliseconds(300);

 private:
  [[nodiscard]] Done<Json> patiently(const std::string& target) const;

  Client& client_;
  Interrupts& interrupts_;
  const Streams& streams_;
  const ConnectionOptions& options_;
};

// Nothing to say but an exit code.
[[nodiscard]] Failure interrupted_now(std::string message = {});

}  // namespace steward::cli
