#include "steward/http/server_list.hpp"

#include <unordered_map>

#include "steward/control/aspect.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/records.hpp"

namespace steward::http {
namespace {

using control::Setting;
using stats::Kind;
using stats::ServerState;

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

Json override_json(const control::Override& each) {
  Json json{{"id", each.id},
            {"owner", to_string(each.origin.kind)},
            {"by", owner_of(each)},
            {"value", to_string(each.value)},
            {"phase", to_string(each.phase)}};
  if (each.guard != control::Guard::none) json["guard"] = to_string(each.guard);
  if (!each.detail.empty()) json["detail"] = each.detail;
  if (each.expires) json["expires"] = format_time(*each.expires);
  json["suspended"] = each.suspension.now;
  return json;
}

Json setting_json(const control::SettingAccount& account) {
  Json json{{"configured", to_string(account.configured)},
            {"baseline", to_string(account.baseline)}};
  if (account.by) json["by"] = to_string(*account.by);
  json["effect"] = to_string(account.effect);
  json["observed"] = to_string(account.observed);
  json["unclear"] = account.unclear;
  json["stuck"] = account.stuck;
  json["overrides"] = Json::array();
  for (const auto* each : account.overrides) json["overrides"].push_back(override_json(*each));
  return json;
}

void add_account(Json& json, const control::Account& account, const ServerState& server) {
  json["verified"] = account.is_verified(server);
  const std::string_view doubt = account.why_not_verified(server);
  if (!doubt.empty()) json["not_verified"] = doubt;
  const std::string why = account.why_out(server);
  if (!why.empty()) json["why_out"] = why;
  const auto settings = account.settings(server);
  for (const auto& each : settings) json["settings"][to_string(each.setting)] = setting_json(each);
  const auto ids = account.overrides(server);
  if (!ids.empty()) json["overrides"] = ids;
}

}  // namespace

Json server_list(const daemon::Keeper& keeper, const Statistics& statistics,
                 const std::string& instance, const std::string& backend) {
  Json list = Json::array();
  for (const auto& [name, account] : keeper.accounts(instance)) {
    const auto found = statistics.find(name);
    const auto* table = found == statistics.end() ? nullptr : found->second.get();
    const Rows rows = rows_of(table);
    for (const auto& each : account.view().backends()) {
      if (!backend.empty() && backend != each) continue;
      for (const ServerState& server : account.view().backend(each)) {
        Json json = server_json(name, server);
        const auto row = rows.find({server.backend, server.name});
        if (row != rows.end()) add_statistics(json, *table, row->second);
        add_account(json, account, server);
        list.push_back(std::move(json));
      }
    }
  }
  return {{"servers", std::move(list)}};
}

}  // namespace steward::http
