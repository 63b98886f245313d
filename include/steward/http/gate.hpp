// What a request must pass before the handler sees it. Each step gives nothing when it passes, or
// the answer that refuses it.
#pragma once

#include <atomic>
#include <optional>

#include "steward/base/limits.hpp"
#include "steward/http/credentials.hpp"
#include "steward/http/message.hpp"
#include "steward/http/web_settings.hpp"

namespace steward::http {

// A short text answer.
[[nodiscard]] Response plain_answer(int status, std::string_view text);

// Requests whose end two servers could see differently (RFC 9112, 6 and 11.2), bodies we would not
// read, and more query parameters than kQueryParameters.
[[nodiscard]] std::optional<Response> refuse_framing(
    const Request& request, std::size_t body_bytes = limits::kRequestBodyBytes);

// Whether there may be bytes behind the head that are not the next request.
[[nodiscard]] bool has_body(const Request& request);

[[nodiscard]] std::optional<Response> refuse_rate(const WebSettings& settings,
                                                  TokenBucket::Time now);

// Sets request.principal to the user when users are configured and this is one of them.
[[nodiscard]] std::optional<Response> refuse_stranger(const WebSettings& settings,
                                                      PasswordChecker& passwords, Request& request);

// --web.max-requests. Thread-safe.
class RequestLimit {
 public:
  explicit RequestLimit(unsigned most) : most_(most) {}

  // A place among those answered, once taken; the destructor gives it back.
  class Place {
   public:
    Place() = default;
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] std::optional<Response> refuse(RequestLimit& limit);

   private:
    RequestLimit* taken_from_ = nullptr;
  };

 private:
  const unsigned most_;  // 0: any number
  std::atomic<unsigned> taken_{0};
};

}  // namespace steward::http
