// A request to the control listener: who, method, path and query, headers, body; the whole handler
// with a real ledger and one HAProxy. The first line is "<token> <method> <target>", then headers,
// an empty line, the body.
//   - Never a 500, nor a status openapi.yaml does not know.
//   - Every answer that is JSON is JSON; every refusal is a problem with a code.
//   - Without a credential nothing but the open routes answers; a viewer changes nothing.
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/scene.hpp"
#include "http/control_service.hpp"
#include "require.hpp"
#include "steward/base/text.hpp"

using namespace steward;
using namespace steward::http;
using steward::fuzz::require;

namespace {

// What was allocated once lives until the process ends.
struct Service : test::ControlService {
  control::test::FakeHAProxy haproxy;

  Service() {
    now = Time(std::chrono::seconds(1'000'000));
    for (const char* name : {"web1", "web2", "web3", "web4"}) haproxy.backends["web"][name] = {};
    keeper->close();  // nobody waits
  }

  // As the listener asks it.
  Response answer(const Request& request) {
    HeadVerdict verdict = handler.before_body(request);
    return verdict.refused ? *std::move(verdict.refused) : handler.answer(request);
  }

  // A second goes by, and HAProxy is told what was decided.
  void tick() {
    now += std::chrono::seconds(1);
    haproxy.advance(now);
    const auto view = std::make_shared<const control::View>(haproxy.view(now));
    const auto steps = keeper->reconcile(view, {});
    require(steps.has_value());
    for (const control::Step& step : *steps) haproxy.apply(step);
    if (now.time_since_epoch() % std::chrono::seconds(1'000) == std::chrono::seconds(0)) {
      keeper->tidy(now, 1U << 20U);
    }
  }
};

Request request_of(std::string_view text) {
  Request request;
  std::istringstream in{std::string(text)};
  std::string token, line, target;
  in >> token >> request.method >> target;
  std::getline(in, line);
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != target.npos) {
    for (const std::string_view part : split(std::string_view(target).substr(question + 1), '&')) {
      const auto equals = std::min(part.find('='), part.size());
      request.query.emplace_back(part.substr(0, equals),
                                 part.substr(std::min(equals + 1, part.size())));
    }
  }
  if (token != "-") request.headers.emplace_back("Authorization", "Bearer " + token);
  while (std::getline(in, line) && !line.empty()) {
    const auto colon = line.find(": ");
    if (colon != line.npos)
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  if (!request.header("Content-Type")) {
    request.headers.emplace_back("Content-Type", "application/json");
  }
  request.body.assign(std::istreambuf_iterator<char>(in), {});
  request.remote_address = "127.0.0.1";
  return request;
}

std::string body_of(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  std::string all;
  (void)std::get<BodyStream>(response.body)([&](std::string_view bytes) {
    all += bytes;
    return all.size() < 1U << 20U;
  });
  return all;
}

void check(const Response& response) {
  constexpr int kKnown[] = {200, 201, 202, 204, 400, 401, 403, 404,
                            405, 409, 413, 415, 422, 429, 503};
  require(std::ranges::find(kKnown, response.status) != std::end(kKnown));
  for (const auto& [name, value] : response.headers) {
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
  }
  const std::string body = body_of(response);
  if (response.content_type.find("json") == std::string::npos) return;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  require(!json.is_discarded());
  if (response.status >= 400) {
    require(json.contains("code") && json.at("status") == response.status);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Service& service = *new Service;
  const Request request = request_of({reinterpret_cast<const char*>(data), size});
  service.tick();
  const auto before = service.keeper->live();
  const auto members = service.keeper->memberships().size();
  const Response response = service.answer(request);
  check(response);
  const auto credential = request.header("Authorization").value_or("");
  const bool acts = credential == "Bearer operator" || credential == "Bearer admin";
  if (!acts) {
    require(service.keeper->live() == before && service.keeper->memberships().size() == members);
  }
  const bool somebody = acts || credential == "Bearer viewer";
  const bool open = request.path == "/-/healthy" || request.path == "/-/ready";
  const bool page = request.header("Origin") || request.header("Sec-Fetch-Site");
  require(somebody || open || response.status == 401 || response.status == 429 ||
          (page && response.status == 403));
  service.tick();
  return 0;
}
