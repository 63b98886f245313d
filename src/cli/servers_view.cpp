#include "steward/cli/servers_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "steward/base/address.hpp"
#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/stats/status.hpp"

namespace steward::cli {
namespace {

using stats::Kind;
using stats::number;
using stats::ServerState;
using stats::text;

// Who put a server in maintenance or drain.
struct Reason {
  std::uint32_t bit;
  std::string_view who;
};
constexpr std::array<Reason, 4> kMaintReasons{{{stats::forced_maint, "forced"},
                                               {stats::inherited_maint, "inherited"},
                                               {stats::config_maint, "config"},
                                               {stats::resolution_maint, "resolution"}}};
constexpr std::array<Reason, 2> kDrainReasons{
    {{stats::forced_drain, "forced"}, {stats::inherited_drain, "inherited"}}};

// config_maint alone is not maintenance: it stays on a server the configuration disables, also
// once it serves.
constexpr std::uint32_t kMaintBits =
    stats::forced_maint | stats::inherited_maint | stats::resolution_maint;

std::vector<std::string_view> who_of(std::span<const Reason> reasons, std::uint32_t bits) {
  std::vector<std::string_view> names;
  for (const Reason& reason : reasons) {
    if ((bits & reason.bit) != 0) names.push_back(reason.who);
  }
  return names;
}

using States = std::map<std::pair<std::string_view, std::string_view>, const ServerState*>;

States index_of(const stats::ServersState& state) {
  States states;
  for (const ServerState& row : state.rows()) {
    states.emplace(std::pair(row.backend, row.name), &row);
  }
  return states;
}

// A row of `show stat`.
class StatRow {
 public:
  StatRow(const stats::StatTable& table, std::size_t row) : table_(table), row_(row) {}

  [[nodiscard]] std::optional<std::int64_t> at(stats::Number column) const {
    const std::int64_t value = table_.rows(Kind::server).at(column, row_);
    return value == stats::kAbsent ? std::nullopt : std::optional(value);
  }
  [[nodiscard]] std::optional<std::string> at(stats::Text column) const {
    const std::string_view word = table_.text(Kind::server, column, row_);
    return word.empty() ? std::nullopt : std::optional<std::string>(word);
  }

 private:
  const stats::StatTable& table_;
  std::size_t row_;
};

ServerRow row_of(const StatRow& stat) {
  ServerRow row;
  row.backend = stat.at(stats::kPxname).value_or("");
  row.server = stat.at(stats::kSvname).value_or("");
  row.address = stat.at(text("addr"));
  row.status = stat.at(stats::kStatus);
  row.weight = stat.at(number("weight"));
  row.user_weight = stat.at(number("uweight"));
  if (const auto backup = stat.at(number("bck"))) row.backup = *backup != 0;
  row.check_status = stat.at(text("check_status"));
  row.check_code = stat.at(number("check_code"));
  row.check_duration_ms = stat.at(number("check_duration"));
  row.sessions = stat.at(number("scur"));
  row.session_limit = stat.at(number("slim"));
  row.queue = stat.at(number("qcur"));
  row.rate = stat.at(number("rate"));
  row.last_change_seconds = stat.at(number("lastchg"));
  row.tracked = stat.at(text("tracked"));
  return row;
}

std::string state_address(const ServerState& state) {
  return state.port == 0 ? std::string(state.address) : host_port(state.address, state.port);
}

void complete(ServerRow& row, const ServerState& state) {
  if (!state.address.empty()) row.address = state_address(state);
  if (!state.fqdn.empty()) row.fqdn = state.fqdn;
  row.admin = state.admin;
  row.user_weight = state.user_weight;
  row.initial_weight = state.initial_weight;
}

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json admin_json(std::optional<std::uint32_t> bits) {
  if (!bits) return nullptr;
  Json names = Json::array();
  for (const auto who : who_of(kMaintReasons, *bits)) names.push_back(fmt::format("{}_maint", who));
  for (const auto who : who_of(kDrainReasons, *bits)) names.push_back(fmt::format("{}_drain", who));
  return names;
}

Json json_of(const ServerRow& row) {
  return {{"backend", row.backend},
          {"server", row.server},
          {"address", or_null(row.address)},
          {"fqdn", or_null(row.fqdn)},
          {"status", or_null(row.status)},
          {"admin", admin_json(row.admin)},
          {"weight", or_null(row.weight)},
          {"user_weight", or_null(row.user_weight)},
          {"initial_weight", or_null(row.initial_weight)},
          {"backup", or_null(row.backup)},
          {"check_status", or_null(row.check_status)},
          {"check_code", or_null(row.check_code)},
          {"check_duration_ms", or_null(row.check_duration_ms)},
          {"sessions", or_null(row.sessions)},
          {"session_limit", or_null(row.session_limit)},
          {"queue", or_null(row.queue)},
          {"rate", or_null(row.rate)},
          {"last_change_seconds", or_null(row.last_change_seconds)},
          {"tracked", or_null(row.tracked)}};
}

constexpr std::string_view kNothing = "-";  // in the table

std::string words(const std::optional<std::string>& value) {
  return value.value_or(std::string(kNothing));
}

std::string words(const std::optional<std::int64_t>& value) {
  return value ? fmt::to_string(*value) : std::string(kNothing);
}

std::string admin_words(std::string_view state, const std::vector<std::string_view>& who) {
  return fmt::format("{} ({})", state, fmt::join(who, ", "));
}

// "maint (forced, config)", "drain (inherited)".
std::string admin_words(const ServerRow& row) {
  const std::uint32_t bits = row.admin.value_or(0);
  std::string out;
  if ((bits & kMaintBits) != 0) out = admin_words("maint", who_of(kMaintReasons, bits));
  if (const auto who = who_of(kDrainReasons, bits); !who.empty()) {
    out += (out.empty() ? "" : ", ") + admin_words("drain", who);
  }
  return out.empty() ? std::string(kNothing) : out;
}

std::string address_words(const ServerRow& row) {
  return words(row.address ? row.address : row.fqdn);
}

std::string status_words(const ServerRow& row) {
  return words(row.status) + (row.backup.value_or(false) ? ", backup" : "");
}

Tone server_tone(const ServerRow& row) {
  static constexpr std::array kTones{Tone::bad, Tone::good, Tone::warning, Tone::warning,
                                     Tone::warning};
  if (row.status == "no check") return Tone::plain;  // HAProxy cannot know
  const auto state = stats::parse_status(Kind::server, row.status.value_or(""));
  return state ? kTones.at(*state) : Tone::plain;
}

// "L7OK/200 in 1ms", as HAProxy's own page writes it.
std::string check_words(const ServerRow& row) {
  if (row.tracked) return "via " + *row.tracked;
  std::string out = words(row.check_status);
  if (!row.check_status) return out;
  if (row.check_code) out += fmt::format("/{}", *row.check_code);
  if (row.check_duration_ms) out += fmt::format(" in {}ms", *row.check_duration_ms);
  return out;
}

std::string session_words(const ServerRow& row) {
  return words(row.sessions) + (row.session_limit ? "/" + words(row.session_limit) : "");
}

// The two largest units are enough: "3d4h", "2m5s".
std::string change_words(const ServerRow& row) {
  using namespace std::chrono;
  constexpr std::int64_t kMost = duration_cast<seconds>(limits::kDurationMax).count();
  if (!row.last_change_seconds || *row.last_change_seconds < 0) return std::string(kNothing);
  const std::int64_t age = std::min(*row.last_change_seconds, kMost);
  const std::int64_t step = age >= 86'400 ? 3'600 : age >= 3'600 ? 60 : 1;
  return format_duration(seconds(age - age % step));
}

}  // namespace

std::vector<ServerRow> rows_of(const stats::StatTable& stat, const stats::ServersState& state,
                               std::optional<std::string_view> backend) {
  const States states = index_of(state);
  std::vector<ServerRow> rows;
  for (std::size_t i = 0; i < stat.rows(Kind::server).size(); ++i) {
    if (backend && stat.text(Kind::server, stats::kPxname, i) != *backend) continue;
    ServerRow& row = rows.emplace_back(row_of(StatRow(stat, i)));
    const auto found = states.find({row.backend, row.server});
    if (found != states.end()) complete(row, *found->second);
  }
  return rows;
}

Table table_of(const std::vector<ServerRow>& rows) {
  constexpr Align kRight = Align::right;
  Table table{{{"BACKEND"},
               {"SERVER"},
               {"ADDRESS"},
               {"STATUS"},
               {"ADMIN"},
               {"WEIGHT", kRight},
               {"UWEIGHT", kRight},
               {"IWEIGHT", kRight},
               {"CHECK"},
               {"SESSIONS", kRight},
               {"QUEUE", kRight},
               {"RATE", kRight},
               {"LAST CHANGE", kRight}},
              {}};
  for (const ServerRow& row : rows) {
    const Tone tone = server_tone(row);
    table.rows.push_back({{row.backend},
                          {row.server},
                          {address_words(row)},
                          {status_words(row), tone},
                          {admin_words(row)},
                          {words(row.weight)},
                          {words(row.user_weight)},
                          {words(row.initial_weight)},
                          {check_words(row)},
                          {session_words(row)},
                          {words(row.queue)},
                          {words(row.rate)},
                          {change_words(row)}});
  }
  return table;
}

std::string json_of(const std::vector<ServerRow>& rows) {
  Json servers = Json::array();
  for (const ServerRow& row : rows) servers.push_back(json_of(row));
  const Json document{{"servers", std::move(servers)}};
  return document.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> backends_of(const stats::StatTable& stat) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < stat.rows(Kind::backend).size(); ++i) {
    names.emplace_back(stat.text(Kind::backend, stats::kPxname, i));
  }
  return names;
}

}  // namespace steward::cli
