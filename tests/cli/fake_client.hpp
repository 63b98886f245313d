// Somebody who answers as a test says, and remembers what was asked.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "steward/cli/client.hpp"
#include "steward/cli/session.hpp"

namespace steward::test {

using cli::Json;

class FakeClient final : public cli::Client {
 public:
  struct Call {
    std::string method, target;
    Json body;
  };

  // The answers to a call, in order; the last one stays.
  FakeClient& on(const std::string& call, std::initializer_list<Result<cli::Reply>> answers) {
    answers_[call].assign(answers);
    return *this;
  }

  Result<cli::Reply> call(const std::string& method, const std::string& target,
                          const Json& body) override {
    calls.push_back({method, target, body});
    if (before) before(calls.back());
    const auto found = answers_.find(method + " " + target);
    if (found == answers_.end()) return cli::Reply{404, {{"detail", "no " + target}}};
    auto answer = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return answer;
  }

  [[nodiscard]] std::size_t times(const std::string& call) const {
    std::size_t count = 0;
    for (const Call& each : calls) count += each.method + " " + each.target == call ? 1U : 0U;
    return count;
  }

  std::vector<Call> calls;
  std::function<void(const Call&)> before;

 private:
  std::map<std::string, std::deque<Result<cli::Reply>>> answers_;
};

inline Result<cli::Reply> ok(const std::string& json) { return cli::Reply{200, Json::parse(json)}; }

inline Result<cli::Reply> refusal(int status, const std::string& code, const std::string& detail) {
  return cli::Reply{status, {{"status", status}, {"code", code}, {"detail", detail}}};
}

// A session with a fake client, its output in strings.
struct Talk {
  FakeClient client;
  cli::Interrupts interrupts;
  std::ostringstream out, err;
  cli::Streams streams{out, err};
  cli::ConnectionOptions options;
  cli::Session session{client, interrupts, streams, options};
};

// What a verb failed with.
template <class T>
cli::Failure failure(const cli::Done<T>& done) {
  REQUIRE_FALSE(done.has_value());
  return done.error();
}

}  // namespace steward::test
