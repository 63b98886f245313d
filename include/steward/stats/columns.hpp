// The columns of `show stat` that the steward knows, by HAProxy's own names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace steward::stats {

// Numbers, in HAProxy's order (2.4 to 3.5; each version has a prefix of what the next one has).
// "src_ilim" is HAProxy's own spelling.
inline constexpr std::array kNumberNames = std::to_array<std::string_view>({
    "qcur",
    "qmax",
    "scur",
    "smax",
    "slim",
    "stot",
    "bin",
    "bout",
    "dreq",
    "dresp",
    "ereq",
    "econ",
    "eresp",
    "wretr",
    "wredis",
    "weight",
    "act",
    "bck",
    "chkfail",
    "chkdown",
    "lastchg",
    "downtime",
    "qlimit",
    "throttle",
    "lbtot",
    "rate",
    "rate_lim",
    "rate_max",
    "check_code",
    "check_duration",
    "hrsp_1xx",
    "hrsp_2xx",
    "hrsp_3xx",
    "hrsp_4xx",
    "hrsp_5xx",
    "hrsp_other",
    "hanafail",
    "req_rate",
    "req_rate_max",
    "req_tot",
    "cli_abrt",
    "srv_abrt",
    "comp_in",
    "comp_out",
    "comp_byp",
    "comp_rsp",
    "lastsess",
    "qtime",
    "ctime",
    "rtime",
    "ttime",
    "agent_code",
    "agent_duration",
    "check_rise",
    "check_fall",
    "check_health",
    "agent_rise",
    "agent_fall",
    "agent_health",
    "conn_rate",
    "conn_rate_max",
    "conn_tot",
    "intercepted",
    "dcon",
    "dses",
    "wrew",
    "connect",
    "reuse",
    "cache_lookups",
    "cache_hits",
    "srv_icur",
    "src_ilim",
    "qtime_max",
    "ctime_max",
    "rtime_max",
    "ttime_max",
    "eint",
    "idle_conn_cur",
    "safe_conn_cur",
    "used_conn_cur",
    "need_conn_est",
    "uweight",
    "srid",
    "sess_other",
    "h1sess",
    "h2sess",
    "h3sess",
    "req_other",
    "h1req",
    "h2req",
    "h3req",
    "priv_idle_cur",
    "reqbin",
    "reqbout",
    "resbin",
    "resbout",
    "cache_hint_hits",
    "pid",
    "iid",
    "sid",
});

inline constexpr std::array kTextNames = std::to_array<std::string_view>({
    "pxname",
    "svname",
    "status",
    "check_status",
    "last_chk",
    "last_agt",
    "agent_status",
    "check_desc",
    "agent_desc",
    "addr",
    "cookie",
    "mode",
    "algo",
    "tracked",
    "proto",
});

// Index into kNumberNames and kTextNames: two types, so that one cannot stand for the other.
enum class Number : std::uint8_t {};
enum class Text : std::uint8_t {};

template <std::size_t N>
consteval std::size_t position(const std::array<std::string_view, N>& names,
                               std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  throw "no such column";  // does not compile
}

consteval Number number(std::string_view name) {
  return static_cast<Number>(position(kNumberNames, name));
}
consteval Text text(std::string_view name) { return static_cast<Text>(position(kTextNames, name)); }

// What names a row, and how it is.
inline constexpr Text kPxname = text("pxname");
inline constexpr Text kSvname = text("svname");
inline constexpr Text kStatus = text("status");

constexpr std::size_t index(Number column) { return static_cast<std::size_t>(column); }
constexpr std::size_t index(Text column) { return static_cast<std::size_t>(column); }

}  // namespace steward::stats
