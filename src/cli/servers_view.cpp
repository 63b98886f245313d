#include "steward/cli/servers_view.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/cli/table.hpp"
#include "steward/exposition/rows.hpp"

namespace steward::cli {
namespace {

using stats::Kind;

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 6> kAdminWords{
    {{stats::forced_maint, "forced maint"},
     {stats::inherited_maint, "inherited maint"},
     {stats::config_maint, "config maint"},
     {stats::resolution_maint, "resolution maint"},
     {stats::forced_drain, "forced drain"},
     {stats::inherited_drain, "inherited drain"}}};

// "config maint" stays set on a server of which it no longer is true: shown only where it is.
std::string admin_words(const stats::ServerState& state) {
  std::vector<std::string_view> words;
  for (const auto& [bit, word] : kAdminWords) {
    const bool holds = bit != stats::config_maint || state.in_maint();
    if ((state.admin & bit) != 0 && holds) words.push_back(word);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string address_of(const stats::ServerState& state) {
  const bool v6 = state.address.find(':') != std::string_view::npos;
  const std::string_view host = state.address.empty() ? state.fqdn : state.address;
  if (host.empty() || state.port == 0) return std::string(host);
  return v6 ? fmt::format("[{}]:{}", host, state.port) : fmt::format("{}:{}", host, state.port);
}

std::optional<std::int64_t> number(const stats::StatTable& stat, stats::Number column,
                                   std::size_t row) {
  const std::int64_t value = stat.rows(Kind::server).at(column, row);
  return value == stats::kAbsent ? std::nullopt : std::optional(value);
}

ServerRow row_of(const stats::StatTable& stat, std::size_t row, const stats::ServerState* state) {
  const auto text = [&](stats::Text column) {
    return std::string(stat.text(Kind::server, column, row));
  };
  ServerRow shown;
  shown.backend = text(stats::text("pxname"));
  shown.server = text(stats::text("svname"));
  shown.status = text(stats::text("status"));
  shown.check = text(stats::text("check_status"));
  if (const auto code = number(stat, stats::number("check_code"), row)) {
    shown.check += fmt::format(" {}", *code);
  }
  shown.weight = number(stat, stats::number("weight"), row);
  shown.sessions = number(stat, stats::number("scur"), row);
  shown.queue = number(stat, stats::number("qcur"), row);
  shown.session_rate = number(stat, stats::number("rate"), row);
  shown.last_change_seconds = number(stat, stats::number("lastchg"), row);
  if (state != nullptr) {
    shown.address = address_of(*state);
    shown.admin = admin_words(*state);
    shown.initial_weight = state->initial_weight;
  }
  return shown;
}

std::string cell(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string cell(const std::string& text) { return text.empty() ? "-" : text; }

std::string weight_cell(const ServerRow& row) {
  if (!row.initial_weight || row.initial_weight == row.weight) return cell(row.weight);
  return fmt::format("{}/{}", cell(row.weight), *row.initial_weight);
}

std::string since_cell(const ServerRow& row) {
  if (!row.last_change_seconds || *row.last_change_seconds < 0) return "-";
  return format_duration(std::chrono::seconds(*row.last_change_seconds));
}

nlohmann::ordered_json json_of(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

nlohmann::ordered_json json_of(const std::optional<std::int64_t>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const ServerRow& row) {
  return {{"backend", row.backend},
          {"server", row.server},
          {"address", json_of(row.address)},
          {"status", json_of(row.status)},
          {"admin", json_of(row.admin)},
          {"weight", json_of(row.weight)},
          {"initial_weight", json_of(row.initial_weight)},
          {"check", json_of(row.check)},
          {"sessions", json_of(row.sessions)},
          {"queue", json_of(row.queue)},
          {"session_rate", json_of(row.session_rate)},
          {"last_change_seconds", json_of(row.last_change_seconds)}};
}

}  // namespace

std::vector<ServerRow> server_rows(const stats::StatTable& stat,
                                   const stats::ServersState& states) {
  const exposition::Selection everything;
  exposition::TableView view = exposition::view_table(stat, {everything, {}});
  exposition::join_states(view, states);
  std::vector<ServerRow> rows;
  for (std::size_t row = 0; row < stat.rows(Kind::server).size(); ++row) {
    rows.push_back(row_of(stat, row, view.states.empty() ? nullptr : view.states[row]));
  }
  return rows;
}

std::string servers_table(const std::vector<ServerRow>& rows) {
  const std::vector<Column> columns{{"BACKEND"},
                                    {"SERVER"},
                                    {"ADDRESS"},
                                    {"STATUS"},
                                    {"ADMIN"},
                                    {"WEIGHT", Align::right},
                                    {"CHECK"},
                                    {"SESSIONS", Align::right},
                                    {"QUEUE", Align::right},
                                    {"RATE", Align::right},
                                    {"SINCE", Align::right}};
  std::vector<std::vector<std::string>> lines;
  lines.reserve(rows.size());
  for (const ServerRow& row : rows) {
    lines.push_back({row.backend, row.server, cell(row.address), cell(row.status), cell(row.admin),
                     weight_cell(row), cell(row.check), cell(row.sessions), cell(row.queue),
                     cell(row.session_rate), since_cell(row)});
  }
  return table_text(columns, lines);
}

std::string servers_json(const std::vector<ServerRow>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ServerRow& row : rows) list.push_back(json_of(row));
  // ASCII only: no name can move a terminal's cursor.
  return nlohmann::ordered_json{{"servers", list}}.dump(
             2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace steward::cli
