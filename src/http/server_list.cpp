#include "steward/http/server_list.hpp"

#include <unordered_map>

#include "steward/control/aspect.hpp"

namespace steward::http {
namespace {

using control::Setting;
using stats::Kind;
using stats::ServerState;

using Ids = std::unordered_map<control::ServerRef, Json, control::ServerRefHash>;
using Rows = std::unordered_map<control::ServerKey, std::size_t, control::ServerKeyHash>;

Rows rows_of(const stats::StatTable* table) {
  Rows rows;
  if (table == nullptr) return rows;
  for (std::size_t row = 0; row < table->rows(Kind::server).size(); ++row) {
    rows[{table->text(Kind::server, stats::kPxname, row),
          table->text(Kind::server, stats::kSvname, row)}] = row;
  }
  return rows;
}

const char* operational(std::uint32_t state) {
  constexpr const char* kWords[] = {"stopped", "starting", "running", "stopping"};
  return state < 4 ? kWords[state] : "unknown";
}

const char* checks(const ServerState& server) {
  if ((server.check_state & stats::check_configured) == 0) return "none";
  return (server.check_state & stats::check_enabled) != 0 ? "enabled" : "disabled";
}

Json server_json(const std::string& instance, const ServerState& server) {
  return {{"instance", instance},
          {"backend", server.backend},
          {"server", server.name},
          {"address", server.address},
          {"port", server.port},
          {"state", to_string(control::observe(Setting::state, server))},
          {"operational", operational(server.operational)},
          {"usable", control::usable(server)},
          {"weight", server.user_weight},
          {"initial_weight", server.initial_weight},
          {"checks", checks(server)}};
}

void add_statistics(Json& json, const stats::StatTable& table, std::size_t row) {
  const auto& servers = table.rows(Kind::server);
  json["status"] = table.text(Kind::server, stats::kStatus, row);
  json["sessions"] = std::max<std::int64_t>(0, servers.at(stats::number("scur"), row));
  json["queue"] = std::max<std::int64_t>(0, servers.at(stats::number("qcur"), row));
}

}  // namespace

Json server_list(const daemon::Keeper& keeper, const Statistics& statistics,
                 const std::string& instance, const std::string& backend) {
  Ids overrides;
  for (const auto& each : keeper.live()) overrides[each.target].push_back(each.id);
  Json list = Json::array();
  for (const auto& [name, view] : keeper.views()) {
    if (!view || (!instance.empty() && instance != name)) continue;
    const auto found = statistics.find(name);
    const auto* table = found == statistics.end() ? nullptr : found->second.get();
    const Rows rows = rows_of(table);
    for (const auto& each : view->backends()) {
      if (!backend.empty() && backend != each) continue;
      for (const ServerState& server : view->backend(each)) {
        Json json = server_json(name, server);
        const auto row = rows.find({server.backend, server.name});
        if (row != rows.end()) add_statistics(json, *table, row->second);
        const auto ids =
            overrides.find({name, std::string(server.backend), std::string(server.name)});
        if (ids != overrides.end()) json["overrides"] = ids->second;
        list.push_back(std::move(json));
      }
    }
  }
  return {{"servers", std::move(list)}};
}

}  // namespace steward::http
