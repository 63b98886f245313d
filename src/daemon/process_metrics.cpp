#include "steward/daemon/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Fields of /proc/self/stat from the third on; the second, the name in parentheses, may hold
// spaces itself (proc(5)).
std::optional<double> stat_field(std::string_view stat, std::size_t number) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto fields = split(stat.substr(name_end + 2), ' ');
  if (number - 3 >= fields.size()) return std::nullopt;
  const auto value = parse_number<std::uint64_t>(trim(fields[number - 3]));
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

std::optional<double> max_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> boot_time() {
  const std::string stat = read_file("/proc/stat");
  for (const std::string_view line : split(stat, '\n')) {
    if (!line.starts_with("btime ")) continue;
    const auto value = parse_number<std::uint64_t>(trim(line.substr(6)));
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  }
  return std::nullopt;
}

void add_family(std::vector<MetricFamily>& families, const char* name, const char* help,
                MetricType type, std::optional<double> value) {
  if (!value) return;
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = *value;
  families.push_back({name, help, type, {metric}});
}

std::optional<double> scaled(std::optional<double> value, double by) {
  return value ? std::optional(*value * by) : std::nullopt;
}

std::optional<double> sum(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  const std::string stat = read_file("/proc/self/stat");
  const double per_tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  const auto ticks = sum(stat_field(stat, 14), stat_field(stat, 15));

  std::vector<MetricFamily> families;
  add_family(families, "process_cpu_seconds_total", "CPU time of this process, user and system.",
             MetricType::Counter, scaled(ticks, per_tick));
  add_family(families, "process_resident_memory_bytes", "Resident memory of this process.",
             MetricType::Gauge, scaled(stat_field(stat, 24), page));
  add_family(families, "process_virtual_memory_bytes", "Virtual memory of this process.",
             MetricType::Gauge, stat_field(stat, 23));
  add_family(families, "process_open_fds", "Files this process has open.", MetricType::Gauge,
             open_files());
  add_family(families, "process_max_fds", "Files this process may have open.", MetricType::Gauge,
             max_files());
  add_family(families, "process_start_time_seconds",
             "When this process started, in seconds since 1970.", MetricType::Gauge,
             sum(boot_time(), scaled(stat_field(stat, 22), per_tick)));
  return families;
}

}  // namespace steward::daemon
