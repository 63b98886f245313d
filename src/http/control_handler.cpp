#include "steward/http/control_handler.hpp"

#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/records.hpp"
#include "steward/http/problem.hpp"
#include "steward/http/signature.hpp"
#include "steward/http/token_bucket.hpp"

namespace steward::http {
namespace {

using std::chrono::steady_clock;

// The whole of what a request goes through.
class ControlHandler {
 public:
  explicit ControlHandler(const ControlParts& parts)
      : parts_(parts), routes_(control_routes(parts)) {}

  Response answer(const Request& request) const {
    const auto began = steady_clock::now();
    std::string handler = "unknown";
    Response response = route(request, handler);
    const std::chrono::duration<double> took = steady_clock::now() - began;
    parts_.metrics.observe_request(handler, response.status, took.count());
    return response;
  }

 private:
  Response route(const Request& request, std::string& handler) const {
    if (auto open = open_route(request)) {
      handler = request.path;
      return *std::move(open);
    }
    auto who = parts_.authenticator.authenticate(
        request, request.body,
        {steady_clock::now(),
         std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
    if (const auto* refusal = std::get_if<Authenticator::Refusal>(&who)) {
      return strangers(request, *refusal);
    }
    Call call{request,
              {std::get<control::Principal>(std::move(who)), parts_.keeper.new_id(),
               request.remote_address},
              {}};
    const auto found = find_route(routes_, request.method, request.path);
    if (std::holds_alternative<NotFound>(found)) {
      return problem(404, "not_found", "there is nothing here; see /api/v1/openapi.yaml");
    }
    if (const auto* wrong = std::get_if<WrongMethod>(&found)) {
      Response response = problem(405, "method_not_allowed",
                                  fmt::format("{} takes {}", request.path, wrong->allowed));
      response.headers.emplace_back("Allow", wrong->allowed);
      return response;
    }
    const Route& route = *std::get<Found>(found).route;
    handler = route.name;
    call.path = std::get<Found>(found).path;
    return permitted(route, call);
  }

  Response permitted(const Route& route, const Call& call) const {
    const control::Principal& who = call.caller.principal;
    if (who.role < route.role) {
      const std::string why = fmt::format("{} ({}) may not do this; it needs {}", who.name,
                                          to_string(who.role), to_string(route.role));
      return refused_call(parts_, call, problem(403, "forbidden", why), why);
    }
    if (route.takes_json && !is_json(call.request)) {
      return refused_call(
          parts_, call,
          problem(415, "unsupported_media_type", "send Content-Type: application/json"),
          "not JSON");
    }
    if (const auto odd = odd_parameter(route, call.request)) {
      return problem(400, "malformed",
                     fmt::format("the parameter '{}' is not known here, or given twice; known: {}",
                                 printable(*odd, 40), fmt::join(route.query, ", ")));
    }
    Response response = route.answer(call);
    response.headers.emplace_back("X-Request-Id", call.caller.request);
    return response;
  }

  static bool is_json(const Request& request) {
    const auto type = request.header("Content-Type").value_or("");
    return trim(type.substr(0, type.find(';'))) == "application/json";
  }

  [[nodiscard]] std::optional<Response> open_route(const Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    if (request.path == "/-/healthy") return json_answer(200, R"({"healthy":true})");
    if (request.path != "/-/ready") return std::nullopt;
    if (parts_.keeper.ready()) return json_answer(200, R"({"ready":true})");
    return problem(503, "not_ready", "HAProxy was not looked at yet");
  }

  Response strangers(const Request& request, const Authenticator::Refusal& refusal) const {
    parts_.metrics.count_denied(refusal.code);
    parts_.log->warn("denied: {} {} from {}: {}", request.method, printable(request.path, 80),
                     request.remote_address, refusal.detail);
    if (refusal.status == 401 && denials_.take(steady_clock::now())) {
      control::Caller stranger;
      stranger.source = request.remote_address;
      control::AuditRecord line = control::record_of("denied", parts_.keeper.now(), stranger);
      line.verdict =
          fmt::format("{} {}: {}", request.method, printable(request.path, 80), refusal.detail);
      (void)parts_.keeper.note(std::move(line));
    }
    Response response = problem(refusal.status, refusal.code, refusal.message);
    if (refusal.status == 401) {
      response.headers.emplace_back("WWW-Authenticate", "Bearer, Basic realm=\"haproxy-steward\"");
    }
    if (refusal.status == 429) response.headers.emplace_back("Retry-After", "60");
    return response;
  }

  const ControlParts parts_;
  const std::vector<Route> routes_;
  // Strangers cannot fill the ledger: beyond so many a minute they are only logged.
  mutable TokenBucket denials_{{std::chrono::seconds(1), limits::kDenialsAudited},
                               steady_clock::now()};
};

}  // namespace

Handler control_handler(const ControlParts& parts) {
  const auto handler = std::make_shared<const ControlHandler>(parts);
  return [handler](const Request& request) { return handler->answer(request); };
}

std::optional<Response> refuse_anonymous(const Request& request) {
  const bool open = request.path == "/-/healthy" || request.path == "/-/ready";
  const bool somebody = request.header("Authorization") || has_signature(request) ||
                        !request.certificate_sans.empty();
  if (open || somebody) return std::nullopt;
  Response response = problem(401, "unauthenticated",
                              "send a bearer token, a user and password, a "
                              "signature or a client certificate");
  response.headers.emplace_back("WWW-Authenticate", "Bearer, Basic realm=\"haproxy-steward\"");
  return response;
}

}  // namespace steward::http
