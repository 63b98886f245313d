#include "steward/http/server_list.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "http/control_service.hpp"
#include "steward/stats/stat_parser.hpp"

using namespace steward;
using namespace steward::http;

namespace {

// A HAProxy with three servers, all ready, but for the state and weight of the first.
struct Site : test::ControlService {
  Site() { (void)see({}); }

  std::vector<control::Step> see(const std::vector<control::Done>& done) {
    std::string state =
        "1\n# be_name srv_name srv_addr srv_fqdn srv_port srv_op_state srv_admin_state srv_uweight "
        "srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
        "srv_check_state srv_agent_state\n";
    std::string stat = "# pxname,svname,status,bck,type,\n";
    for (const char* name : {"web1", "web2", "web3"}) {
      const bool first = std::string_view(name) == "web1";
      state += fmt::format("web {} 127.0.0.1 - 80 2 {} {} 100 60 0 0 0 0 0\n", name,
                           first ? admin : 0, first ? weight : 100);
      stat += fmt::format("web,{},no check,0,2,\n", name);
    }
    const auto table = std::make_shared<const stats::StatTable>(*stats::parse_stat(stat + "\n"));
    const auto view =
        std::make_shared<const control::View>("lb1", control::Epoch{"1", std::chrono::seconds(60)},
                                              now, *stats::parse_servers_state(state + "\n"),
                                              std::make_shared<const control::Topology>(table));
    return *keeper->reconcile(view, done);
  }

  // As HAProxy would be after all that it is told.
  void settle(int admin_now, int weight_now) {
    std::vector<control::Done> done;
    for (const control::Step& step : see({})) {
      done.push_back({step.target, step.aspect, "command", "", {}, step.subject, true});
    }
    admin = admin_now;
    weight = weight_now;
    (void)see(done);
  }

  Json act(const std::string& rest) {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/overrides";
    request.body = R"({"backend":"web","server":"web1",)" + rest + "}";
    request.headers = {{"Authorization", "Bearer operator"}, {"Content-Type", "application/json"}};
    const Json answer = Json::parse(std::get<std::string>(handler.answer(request).body));
    return answer.at("results").at(0);
  }

  [[nodiscard]] Json server(std::size_t at) const {
    return server_list(*keeper, {}, "", "web")["servers"].at(at);
  }

  int admin = 0, weight = 100;
};

}  // namespace

TEST_CASE("a server that is let alone is verified, and has neither settings nor a reason") {
  const Site site;
  const Json server = site.server(0);
  CHECK(server["verified"] == true);
  for (const char* absent : {"not_verified", "why_out", "settings", "overrides"}) {
    CAPTURE(absent);
    CHECK_FALSE(server.contains(absent));
  }
}

TEST_CASE("a server tells its settings, who holds it and why, and that it is not verified") {
  Site site;
  const Json asked = site.act(R"("action":"drain","reason":"new disk","for":"2h")");
  const std::string id = asked["override"];
  site.settle(8, 100);
  const Json drained = site.server(0);
  CHECK(drained["verified"] == false);
  CHECK(drained["not_verified"] == "is drained");
  CHECK(drained["overrides"] == Json::array({id}));
  CHECK(drained["why_out"].get<std::string>().starts_with("drain held by " + id + ", operator"));
  Json state = drained["settings"]["state"];
  const Json override = state["overrides"].at(0);
  state.erase("overrides");
  CHECK(state == Json::parse(R"({"configured":"ready","baseline":"ready","by":"configured",
                                 "effect":"drain","observed":"drain","unclear":false,
                                 "stuck":false})"));
  CHECK(override["id"] == id);
  CHECK(override["owner"] == "person");
  CHECK(override["by"] == "operator");
  CHECK(override["value"] == "drain");
  CHECK(override["phase"] == "active");
  CHECK(override["suspended"] == false);
  CHECK(override.contains("expires"));
  CHECK_FALSE(override.contains("guard"));
  CHECK_FALSE(site.server(1).contains("settings"));
}

TEST_CASE("the default weight ends the caller's own override of the weight") {
  Site site;
  const Json halved = site.act(R"("action":"weight","value":"50%")");
  CHECK(halved["result"] == "created");
  site.settle(0, 50);
  CHECK(site.server(0)["settings"]["weight"]["effect"] == "50");
  const Json ended = site.act(R"("action":"weight","value":"default")");
  CHECK(ended["result"] == "released");
  CHECK(ended["override"] == halved["override"]);
  site.settle(0, 100);
  const Json nothing = site.act(R"("action":"weight","value":"default")");
  CHECK(nothing["result"] == "duplicate");
  CHECK(nothing["value"] == "default");
}
