#include "steward/cli/session.hpp"

#include <fmt/format.h>

#include <ostream>
#include <thread>
#include <utility>

#include "steward/cli/cli.hpp"

namespace steward::cli {
namespace {

using std::chrono::steady_clock;

// A daemon may be restarted while we wait for what it does: it goes on where it was.
constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kTryAgain = std::chrono::seconds(1);
constexpr int kFound = 200;  // of HTTP

}  // namespace

Session::Session(Client& client, Interrupts& interrupts, const Streams& streams,
                 const ConnectionOptions& options)
    : client_(client), interrupts_(interrupts), streams_(streams), options_(options) {}

std::string Session::command(std::string_view words) const {
  return fmt::format("haproxy-steward {}{}", words, options_.flags);
}

Display Session::display() const {
  return json() ? Display(streams_.err, streams_.err_width)
                : Display(streams_.out, streams_.out_width);
}

Done<Json> Session::call(const std::string& method, const std::string& target,
                         const Json& body) const {
  if (interrupts_.raised()) return tl::unexpected(interrupted_now());
  auto reply = client_.call(method, target, body);
  if (!reply && interrupts_.raised()) {
    return tl::unexpected(interrupted_now(
        body.is_null() && method == "GET"
            ? "interrupted; nothing was changed"
            : "interrupted while the daemon was asked; whether it did it, it knows: " +
                  command("audit")));
  }
  return body_of(std::move(reply));
}

Done<Json> Session::patiently(const std::string& target) const {
  const auto until = steady_clock::now() + kPatience;
  for (;;) {
    auto reply = client_.call("GET", target, nullptr);
    const bool silent = !reply || reply->status >= 500;
    if (!silent || steady_clock::now() > until) return body_of(std::move(reply));
    if (interrupts_.wait(kTryAgain)) return tl::unexpected(interrupted_now());
  }
}

Done<void> Session::poll(const std::string& target, const Over& over,
                         std::chrono::milliseconds every) const {
  for (;;) {
    const auto body = patiently(target);
    if (!body) return tl::unexpected(body.error());
    const auto is_over = over(*body);
    if (!is_over) return tl::unexpected(is_over.error());
    if (*is_over) return {};
    if (interrupts_.wait(every)) return tl::unexpected(interrupted_now());
  }
}

Json Session::take_back(const std::string& method, const std::string& undo, const Json& body,
                        const std::string& target, const IsOver& over) const {
  streams_.err
      << "haproxy-steward: interrupted; it is being undone (another Ctrl-C leaves it as it "
         "is)\n"
      << std::flush;
  const auto until = steady_clock::now() + kPatience;
  (void)client_.call(method, undo, body);  // it may have ended meanwhile
  Json last;
  do {
    auto now = client_.call("GET", target, nullptr);
    if (!now || now->status != kFound) return last;
    last = std::move(now->body);
    if (over(last)) return last;
    std::this_thread::sleep_for(kPollEvery);
  } while (steady_clock::now() < until);
  return last;
}

Failure interrupted_now(std::string message) { return {interrupted, std::move(message)}; }

}  // namespace steward::cli
