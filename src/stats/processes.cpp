#include "steward/stats/processes.hpp"

#include <algorithm>
#include <optional>

#include "steward/base/text.hpp"
#include "steward/stats/complete.hpp"

namespace steward::stats {
namespace {

constexpr std::string_view kShowProc = "show proc";

// The words of a line, without the master's remark "[failed: 0]".
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words = split(line, ' ');
  std::erase_if(words, [](std::string_view word) {
    return word.empty() || word.starts_with('[') || word.ends_with(']');
  });
  return words;
}

// "0d00h01m05s"
std::optional<std::chrono::seconds> parse_uptime(std::string_view text) {
  std::int64_t total = 0;
  for (const auto& [unit, length] :
       {std::pair('d', 86'400), std::pair('h', 3'600), std::pair('m', 60), std::pair('s', 1)}) {
    const std::size_t end = text.find(unit);
    const auto number = parse_number<std::uint32_t>(text.substr(0, end));
    if (end == std::string_view::npos || !number) return std::nullopt;
    total += std::int64_t{*number} * length;
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) return std::nullopt;
  return std::chrono::seconds(total);
}

// Where the header has its columns; 2.4 has one more than later versions.
class Columns {
 public:
  // 2.4's "<relative PID>" is one column: its second word is dropped.
  explicit Columns(std::string_view header) : names_(words_of(header)) {
    std::erase_if(names_, [](std::string_view word) {
      return !word.starts_with('<') && !word.starts_with('#');
    });
  }

  [[nodiscard]] std::string_view cell(const std::vector<std::string_view>& words,
                                      std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto at = static_cast<std::size_t>(found - names_.begin());
    return at < words.size() ? words[at] : std::string_view();
  }

 private:
  std::vector<std::string_view> names_;
};

Result<Worker> parse_worker(const Columns& columns, std::size_t line, std::string_view text) {
  const auto words = words_of(text);
  const auto pid = parse_number<std::int64_t>(columns.cell(words, "#<PID>"));
  const auto reloads = parse_number<std::uint32_t>(columns.cell(words, "<reloads>"));
  const auto uptime = parse_uptime(columns.cell(words, "<uptime>"));
  if (!pid || *pid <= 0 || !reloads || !uptime) {
    return fail(ErrorCode::malformed, "{}, line {}: '{}' is not a worker", kShowProc, line,
                printable(text));
  }
  return Worker{*pid, *reloads, *uptime, std::string(columns.cell(words, "<version>")), false};
}

bool is_worker(const Columns& columns, std::string_view line) {
  return columns.cell(words_of(line), "<type>") == "worker";
}

}  // namespace

Result<std::vector<Worker>> parse_processes(std::string_view answer) {
  const auto lines = complete(kShowProc, answer);
  if (!lines) return tl::unexpected(lines.error());
  if (lines->empty() || !lines->front().starts_with("#<PID>")) {
    return fail(ErrorCode::malformed, "{}: no header in what was answered", kShowProc);
  }
  const Columns columns(lines->front());
  std::vector<Worker> workers;
  bool old = false;
  for (std::size_t i = 1; i < lines->size(); ++i) {
    const std::string_view line = (*lines)[i];
    if (line.starts_with("# ")) old = line == "# old workers";
    if (line.starts_with('#') || !is_worker(columns, line)) continue;
    auto worker = parse_worker(columns, i + 1, line);
    if (!worker) return tl::unexpected(worker.error());
    worker->old = old;
    workers.push_back(std::move(*worker));
  }
  return workers;
}

}  // namespace steward::stats
