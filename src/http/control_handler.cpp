#include "steward/http/control_handler.hpp"

#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/records.hpp"
#include "steward/http/gate.hpp"
#include "steward/http/problem.hpp"
#include "steward/http/token_bucket.hpp"

namespace steward::http {
namespace {

using std::chrono::steady_clock;

// Whether a browser sent a change for one of its pages.
bool from_page(const Request& request) {
  return !reads_only(request) && (request.header("Origin") || request.header("Sec-Fetch-Site"));
}

// The whole of what a request goes through.
class Front {
 public:
  explicit Front(const ControlParts& parts) : parts_(parts), routes_(control_routes(parts)) {}

  Response answer(const Request& request) const {
    const auto began = steady_clock::now();
    std::string handler = "unknown";
    Response response = route(request, handler);
    count(handler, response, began);
    return response;
  }

  HeadVerdict before_body(const Request& request) const {
    const auto began = steady_clock::now();
    if (open_route(request)) return {};
    const auto verdict = look_at(request);
    if (!verdict) return {.refused = {}, .proven = false};
    const auto* refusal = std::get_if<Authenticator::Refusal>(&*verdict);
    if (refusal == nullptr) return {};
    Response response = strangers(request, *refusal);
    count("unknown", response, began);
    return {.refused = std::move(response), .proven = false};
  }

 private:
  std::optional<Authenticator::Verdict> look_at(const Request& request) const {
    if (!from_page(request)) return parts_.authenticator.by_head(request, now());
    return Authenticator::Refusal{403, "cross_site", "changes are not taken from web pages",
                                  "a web page's request (Origin or Sec-Fetch-Site)"};
  }

  static Authenticator::Now now() {
    return {steady_clock::now(),
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
  }

  void count(const std::string& handler, const Response& response,
             steady_clock::time_point began) const {
    const std::chrono::duration<double> took = steady_clock::now() - began;
    parts_.metrics.observe_request(handler, response.status, took.count());
  }

  Response route(const Request& request, std::string& handler) const {
    if (auto open = open_route(request)) {
      handler = request.path;
      return *std::move(open);
    }
    auto who = parts_.authenticator.authenticate(request, request.body, now());
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

  // Why this principal may not; nothing: it may, as far as the route is concerned.
  static std::optional<std::string> forbidden(const Route& route, const control::Principal& who) {
    if (who.role < route.role) {
      return fmt::format("{} ({}) may not do this; it needs {}", who.name, to_string(who.role),
                         to_string(route.role));
    }
    if (!route.whole || who.backends.empty()) return std::nullopt;
    return fmt::format("{} is limited to some backends, and this concerns all", who.name);
  }

  Response permitted(const Route& route, const Call& call) const {
    if (const auto why = forbidden(route, call.caller.principal)) {
      return refused_call(parts_, call, problem(403, "forbidden", *why), *why);
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
    if (!reads_only(request)) return std::nullopt;
    if (request.path == "/-/healthy") return json_answer(200, R"({"healthy":true})");
    if (request.path != "/-/ready") return std::nullopt;
    if (parts_.keeper.ready()) return json_answer(200, R"({"ready":true})");
    return problem(503, "not_ready", "HAProxy was not looked at yet");
  }

  Response strangers(const Request& request, const Authenticator::Refusal& refusal) const {
    parts_.metrics.count_denied(refusal.code);
    const bool told = denials_.take(steady_clock::now());
    if (told) {
      parts_.log->warn("denied: {} {} from {}: {}", request.method, printable(request.path, 80),
                       request.remote_address, refusal.detail);
    }
    if (told && refusal.status == 401) {
      control::Caller stranger;
      stranger.source = request.remote_address;
      control::AuditRecord line =
          control::record_of(control::Event::denied, parts_.keeper.now(), stranger);
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
  // Strangers can fill neither the ledger nor the log: beyond so many they are only counted.
  mutable TokenBucket denials_{{std::chrono::seconds(1), limits::kDenialsAudited},
                               steady_clock::now()};
};

}  // namespace

ControlHandler control_handler(const ControlParts& parts) {
  const auto front = std::make_shared<const Front>(parts);
  return {[front](const Request& request) { return front->before_body(request); },
          [front](const Request& request) { return front->answer(request); }};
}

}  // namespace steward::http
