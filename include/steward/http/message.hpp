// A request and its answer, in our own words: only http/protocol.cpp knows the HTTP library.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace steward::http {

// Names and values, in order, repeats kept.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;  // percent-decoded, without the query
  Fields query;      // decoded
  // As received, but cpp-httplib before 0.44 percent-decodes the values.
  Fields headers;
  std::string remote_address;                 // the peer's, never a header's
  std::string principal;                      // who it is, once authenticated
  std::vector<std::string> certificate_sans;  // of the client's verified certificate
  std::string body;                           // whole; only of listeners that take bodies

  // The value of a header, whatever its case; the first one if it repeats.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  // How often it is there.
  [[nodiscard]] std::size_t count(std::string_view name) const;
};

// Takes the next bytes of a body; false when the client is gone.
using ByteSink = std::function<bool(std::string_view)>;

// Writes a whole body into a sink; false if it could not (the connection is then cut, so that
// the client sees a broken transfer and never half a page as a whole one).
using BodyStream = std::function<bool(const ByteSink&)>;

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Fields headers;
  std::variant<std::string, BodyStream> body;
};

// What can be said of a request before its body is read.
struct HeadVerdict {
  std::optional<Response> refused{};
  bool proven = true;  // false: only the body will tell who sent it
};

// An answer that refuses, of this status and with this sentence.
using RefusalStyle = std::function<Response(int status, std::string_view sentence)>;

// Called from many threads at once.
using Handler = std::function<Response(const Request&)>;

}  // namespace steward::http
