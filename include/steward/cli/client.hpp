// The API as the command line calls it, whoever answers: a daemon, or a control core of our own.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "steward/base/result.hpp"

namespace steward::cli {

using Json = nlohmann::ordered_json;

struct Reply {
  int status = 0;
  Json body;  // null if there was none, or no JSON
};

class Client {
 public:
  virtual ~Client() = default;

  // `target` is a path with its query, percent-encoded; a null `body` sends none. Any answer is a
  // Reply, whatever its status. Errors: unreachable, timed_out, malformed (no JSON), internal.
  virtual Result<Reply> call(const std::string& method, const std::string& target,
                             const Json& body) = 0;

  // Breaks off the call under way, if there is one: it is an error then. From any thread.
  virtual void interrupt() {}
};

// "/api/v1/servers/web/web1", each part percent-encoded.
[[nodiscard]] std::string api_path(std::initializer_list<std::string_view> parts);

// The path with those of the parameters that are not empty behind it.
[[nodiscard]] std::string with_query(
    std::string path,
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters);

// What ended a command: the sentence, and the exit code it means.
struct Failure {
  int code;  // an ExitCode
  std::string message;
};

template <class T>
using Done = tl::expected<T, Failure>;

// The body of a good answer, an object. What is not: 403 and 409 are refusals, the rest are
// failures; the message is the problem's detail.
[[nodiscard]] Done<Json> body_of(Result<Reply> reply);

// The same of what did not come to an answer.
[[nodiscard]] Failure failure_of(const Error& error);

// A member of an object as text, a number's digits, too; otherwise "".
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);

// The items of a member that is a list; otherwise none.
[[nodiscard]] const Json& list_at(const Json& object, std::string_view key);

// JSON for programs: indented, all ASCII, with a line end; bytes that are not UTF-8 are U+FFFD.
[[nodiscard]] std::string pretty(const Json& json);

}  // namespace steward::cli
