#include "steward/http/problem.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "steward/http/json.hpp"

namespace steward::http {
namespace {

struct ProblemKind {
  int status;
  const char *title, *code;
};
constexpr std::array<ProblemKind, 16> kKinds{
    {{400, "Bad Request", "malformed"},
     {401, "Unauthorized", "unauthenticated"},
     {403, "Forbidden", "forbidden"},
     {404, "Not Found", "not_found"},
     {405, "Method Not Allowed", "method_not_allowed"},
     {408, "Request Timeout", "timeout"},
     {409, "Conflict", "conflict"},
     {411, "Length Required", "length_required"},
     {413, "Content Too Large", "too_large"},
     {414, "URI Too Long", "too_large"},
     {415, "Unsupported Media Type", "unsupported_media_type"},
     {422, "Unprocessable Content", "invalid_value"},
     {429, "Too Many Requests", "too_many_requests"},
     {431, "Request Header Fields Too Large", "too_large"},
     {500, "Internal Server Error", "internal"},
     {503, "Service Unavailable", "overloaded"}}};

ProblemKind kind_of(int status) {
  for (const ProblemKind& kind : kKinds) {
    if (kind.status == status) return kind;
  }
  return {status, "Error", "error"};
}

}  // namespace

Response problem(int status, std::string_view code, std::string_view detail) {
  const nlohmann::ordered_json body{{"type", "about:blank"},
                                    {"title", kind_of(status).title},
                                    {"status", status},
                                    {"detail", detail},
                                    {"code", code}};
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body =
      body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

Response problem_of_status(int status, std::string_view detail) {
  return problem(status, kind_of(status).code, detail);
}

Response problem_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::malformed:
      return problem(400, "malformed", error.message);
    case ErrorCode::limit:
      return problem(413, "too_large", error.message);
    case ErrorCode::not_found:
      return problem(404, "not_found", error.message);
    case ErrorCode::refused:
      return problem(403, "forbidden", error.message);
    default:
      return problem(503, "ledger_unavailable", error.message);
  }
}

Response problem_of(control::Guard guard, std::string_view detail) {
  switch (guard) {
    case control::Guard::unknown_server:
      return problem(404, "unknown_server", detail);
    case control::Guard::forbidden:
      return problem(403, "forbidden", detail);
    case control::Guard::invalid_value:
      return problem(422, "invalid_value", detail);
    default:
      return problem(409, to_string(guard), detail);
  }
}

Response json_answer(int status, std::string text) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(text) + "\n";
  return response;
}

}  // namespace steward::http
