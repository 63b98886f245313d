// Result<T>: a value or an Error. Errors are values everywhere but at three places that catch
// exceptions of libraries: main, thread entries and HTTP handlers.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace steward {

// What kind of thing went wrong: callers branch on it, people read the message.
enum class ErrorCode {
  invalid,      // the input breaks a rule; trying again will not help
  not_found,    // a name that does not exist
  unreachable,  // HAProxy (or a file) cannot be opened
  timed_out,    // the deadline passed first
  refused,      // HAProxy answered, and said no
  malformed,    // HAProxy answered something that is not what was asked for
  limit,        // a named limit (base/limits.hpp) was passed
  internal,     // a defect of ours or of the system
};

// A sentence for a person: what was wrong, where, and if it helps what to do about it.
// It may quote hostile bytes; whoever prints it escapes them (base/text.hpp, printable).
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// Puts where it happened before what happened: "stat: line 3: …".
[[nodiscard]] inline tl::unexpected<Error> fail_within(std::string_view where, Error error) {
  error.message = fmt::format("{}: {}", where, error.message);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace steward
