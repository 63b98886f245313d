#include "steward/http/control_routes.hpp"

#include <yaml-cpp/yaml.h>

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "http/control_service.hpp"
#include "steward/control/event.hpp"
#include "steward/http/openapi.hpp"
#include "steward/http/router.hpp"

using namespace steward;
using namespace steward::http;
using control::Role;

namespace {

struct Service : test::ControlService {
  Response ask(const std::string& method, const std::string& path, const std::string& token,
               const std::string& body = {}) {
    Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.remote_address = "127.0.0.1";
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    return handler.answer(request);
  }
};

std::string body_of(const Response& response) { return std::get<std::string>(response.body); }

std::string concrete(std::string path) {
  for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) {
    path.replace(brace, path.find('}') - brace + 1, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  }
  return path;
}

}  // namespace

TEST_CASE("the description has every route, and no other") {
  Service service;
  std::set<std::string> served{"GET /-/healthy", "GET /-/ready"};
  for (const Route& route : control_routes(service.parts)) {
    served.insert(route.method + " " + route.path);
  }
  std::set<std::string> described;
  const YAML::Node document = YAML::Load(std::string(openapi()));
  for (const auto& path : document["paths"]) {
    for (const auto& method : path.second) {
      auto word = method.first.as<std::string>();
      if (word == "parameters") continue;
      for (char& c : word) c = static_cast<char>(std::toupper(c));
      described.insert(word + " " + path.first.as<std::string>());
    }
  }
  CHECK(described == served);
}

TEST_CASE("the description tells the role of every route") {
  Service service;
  const YAML::Node paths = YAML::Load(std::string(openapi()))["paths"];
  for (const Route& route : control_routes(service.parts)) {
    CAPTURE(route.method, route.path);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    CHECK(paths[route.path][method]["x-role"].as<std::string>() == to_string(route.role));
  }
}

TEST_CASE("the description has every word that an answer may have") {
  const YAML::Node schemas = YAML::Load(std::string(openapi()))["components"]["schemas"];
  const auto described = [](const YAML::Node& schema) {
    return schema["enum"].as<std::vector<std::string>>();
  };
  // The enumerators from the first to the last that has a word; `none` is never told.
  const auto words = []<class E>(E first) {
    std::vector<std::string> all;
    for (int i = static_cast<int>(first); to_string(static_cast<E>(i)) != "unknown"; ++i) {
      const std::string word(to_string(static_cast<E>(i)));
      if (word != "none") all.push_back(word);
    }
    return all;
  };
  CHECK(described(schemas["Guard"]) == words(control::Guard::none));
  CHECK(described(schemas["Phase"]) == words(control::Phase::pending));
  CHECK(described(schemas["Owner"]) == words(control::OwnerKind::alert));
  CHECK(described(schemas["Override"]["properties"]["end"]) == words(control::End::none));
  CHECK(described(schemas["Setting"]["properties"]["by"]) ==
        words(control::Provenance::configured));
  CHECK(described(schemas["AuditLine"]["properties"]["event"]) == words(control::Event::created));
}

TEST_CASE("who is limited to some backends cannot do what concerns all") {
  Service service;
  auto [control, secrets] = Service::roll();
  control.principals.push_back({{"some", Role::admin, {"web"}, {}}, {}});
  secrets.principals.push_back({{config::token_hash("some")}, {}});
  service.authenticator.reload(control, secrets);
  CHECK(service.ask("POST", "/-/reload", "some").status == 403);
  CHECK(service.ask("POST", "/api/v1/automation", "some", R"({"paused":true})").status == 403);
  CHECK(service.reloads == 0);
  CHECK_FALSE(service.keeper->automation().paused);
}

TEST_CASE("a change that a web page sent is refused, whoever its browser is") {
  Service service;
  const auto front = service.handler.before_body;
  Request request;
  request.method = "POST";
  request.path = "/webhook";
  request.headers = {{"Authorization", "Bearer admin"}};
  CHECK_FALSE(front(request).refused);
  for (const char* name : {"Origin", "Sec-Fetch-Site"}) {
    Request page = request;
    page.headers.emplace_back(name, "null");
    const auto verdict = front(page);
    REQUIRE(verdict.refused);
    CHECK(verdict.refused->status == 403);
    page.method = "GET";
    CHECK_FALSE(front(page).refused);
  }
}

TEST_CASE("only a signature waits for its body, with the few that are not proven") {
  Service service;
  const auto front = service.handler.before_body;
  Request request;
  request.method = "POST";
  request.path = "/webhook";
  request.headers = {{"Authorization", "Bearer nobody"}};
  CHECK(front(request).refused);
  request.headers = {{"Authorization", "Bearer operator"}};
  CHECK(front(request).proven);
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  request.headers = {{"X-Steward-Timestamp", std::to_string(now)},
                     {"X-Steward-Signature", std::string(64, '0')}};
  CHECK_FALSE(front(request).refused);
  CHECK_FALSE(front(request).proven);
  request.headers[0].second = std::to_string(now - 1000);
  CHECK(front(request).refused);
}

TEST_CASE("every route refuses who is nobody, and who is not enough") {
  Service service;
  for (const Route& route : control_routes(service.parts)) {
    CAPTURE(route.method, route.path);
    const std::string path = concrete(route.path);
    CHECK(service.ask(route.method, path, "wrong").status >= 401);
    for (const Role role : {Role::viewer, Role::operator_, Role::admin}) {
      const int status = service.ask(route.method, path, std::string(to_string(role))).status;
      CHECK((status == 403) == (role < route.role));
      CHECK(status != 401);
    }
  }
}

TEST_CASE("hold files are told as they are, of one HAProxy or of all") {
  Service service;
  const auto told = [&service](const std::string& instance) {
    Request request;
    request.method = "GET";
    request.path = "/api/v1/holds";
    request.headers = {{"Authorization", "Bearer viewer"}};
    if (!instance.empty()) request.query.emplace_back("instance", instance);
    return body_of(service.handler.answer(request));
  };
  CHECK(told("") == "{\"holds\":[]}\n");
  auto parts = service.parts;
  parts.holds = [] {
    return std::map<std::string, daemon::HoldFiles>{{"lb1", {"h1\n", "s1"}}, {"lb2", {"h2", "s2"}}};
  };
  service.handler = control_handler(parts);
  CHECK(told("lb1") == R"({"holds":[{"instance":"lb1","hold_file":"h1\n","state_file":"s1"}]})"
                       "\n");
  CHECK(told("lb9") == "{\"holds\":[]}\n");
  CHECK(told("").find("lb2") != std::string::npos);
}

TEST_CASE("who is nobody learns only that the process lives") {
  Service service;
  CHECK(service.ask("GET", "/-/healthy", "").status == 200);
  CHECK(service.ask("GET", "/-/ready", "").status == 503);  // HAProxy was not looked at
  CHECK(service.ask("GET", "/nothing", "").status == 401);
  CHECK(service.ask("POST", "/-/healthy", "").status == 401);
  CHECK(service.handler.before_body(Request{}).refused.has_value());
}

TEST_CASE("a path that is none, and a method that is none of its") {
  Service service;
  CHECK(service.ask("GET", "/api/v1/nothing", "admin").status == 404);
  CHECK(service.ask("GET", "/api/v1/overrides/a/b", "admin").status == 404);
  CHECK(service.ask("GET", "/api/v1/overrides/", "admin").status == 404);
  const Response wrong = service.ask("PUT", "/api/v1/overrides", "admin");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.front() == std::pair<std::string, std::string>("Allow", "GET, POST"));
  CHECK(wrong.content_type == "application/problem+json");
}

TEST_CASE("a body that is no payload is 400, and the audit says who sent it") {
  Service service;
  CHECK(service.ask("POST", "/webhook", "operator", "{").status == 400);
  const auto lines = service.ledger->audit({});
  REQUIRE(lines);
  REQUIRE(lines->size() == 1);
  CHECK(lines->front().record.event == "rejected");
  CHECK(lines->front().record.principal == "operator");
  CHECK(service.ask("POST", "/webhook", "nobody", "{").status == 401);
  CHECK(service.ledger->audit({})->back().record.event == "denied");
}

TEST_CASE("automation is paused and resumed, by whom and why") {
  Service service;
  CHECK(service.ask("POST", "/api/v1/automation", "operator", R"({"paused":true,"reason":"night"})")
            .status == 200);
  CHECK(body_of(service.ask("GET", "/api/v1/automation", "viewer")).find(R"("by":"operator")") !=
        std::string::npos);
  CHECK(service.ask("POST", "/api/v1/automation", "operator", R"({"pause":true})").status == 400);
  CHECK(service.ask("POST", "/api/v1/automation", "operator", R"({"paused":"no"})").status == 400);
  CHECK(service.keeper->automation().paused);
}

TEST_CASE("a manual action on a HAProxy that does not answer is a conflict, not a promise") {
  Service service;
  const Response response = service.ask("POST", "/api/v1/overrides", "operator",
                                        R"({"action":"drain","backend":"web","server":"web1"})");
  CHECK(response.status == 409);
  CHECK(body_of(response).find(R"("code":"unreachable")") != std::string::npos);
}

TEST_CASE("an override that does not exist is not found, whatever its id looks like") {
  Service service;
  for (const char* id : {"x", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "' OR 1=1 --", "..", "%00"}) {
    CHECK(service.ask("GET", std::string("/api/v1/overrides/") + id, "viewer").status == 404);
    CHECK(service.ask("DELETE", std::string("/api/v1/overrides/") + id, "operator").status == 404);
  }
}

TEST_CASE("numbers in the query must be numbers") {
  Service service;
  Request request;
  request.method = "GET";
  request.path = "/api/v1/audit";
  request.query = {{"limit", "-1"}};
  request.headers = {{"Authorization", "Bearer viewer"}};
  CHECK(service.handler.answer(request).status == 400);
  request.query = {{"limit", "1000"}};
  CHECK(service.handler.answer(request).status == 200);
  request.query = {{"limit", "1001"}};
  CHECK(service.handler.answer(request).status == 400);
  request.query = {{"limit", "1"}, {"limit", "2"}};
  CHECK(service.handler.answer(request).status == 400);
}
