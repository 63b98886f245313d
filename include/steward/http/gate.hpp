// What a request must pass before the handler sees it. Each step gives nothing when it passes, or
// the answer that refuses it.
#pragma once

#include <optional>

#include "steward/base/limits.hpp"
#include "steward/http/credentials.hpp"
#include "steward/http/message.hpp"
#include "steward/http/web_settings.hpp"

namespace steward::http {

// A short text answer.
[[nodiscard]] Response plain_answer(int status, std::string_view text);

// An answer of text as bytes, for where no request was read; the connection is closed after it.
[[nodiscard]] std::string bare_answer(const Response& response);

// Requests whose end two servers could see differently (RFC 9112, 6 and 11.2), bodies we would not
// read, and more query parameters than kQueryParameters.
[[nodiscard]] std::optional<Response> refuse_framing(
    const Request& request, std::size_t body_bytes = limits::kRequestBodyBytes);

// GET and HEAD.
[[nodiscard]] bool reads_only(const Request& request);

// Whether there may be bytes behind the head that are not the next request.
[[nodiscard]] bool has_body(const Request& request);

[[nodiscard]] std::optional<Response> refuse_rate(const WebSettings& settings,
                                                  TokenBucket::Time now);

// Sets request.principal to the user when users are configured and this is one of them.
[[nodiscard]] std::optional<Response> refuse_stranger(const WebSettings& settings,
                                                      PasswordChecker& passwords, Request& request);

// 503, to be tried again in a second.
[[nodiscard]] Response come_back(std::string_view text);

}  // namespace steward::http
