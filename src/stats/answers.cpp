#include "steward/stats/answers.hpp"

#include "steward/base/text.hpp"
#include "steward/stats/complete.hpp"

namespace steward::stats {
namespace {

// The value behind "name:" in one of the comma-separated parts of a table's line.
std::string_view part(std::string_view line, std::string_view name) {
  for (const std::string_view piece : split(line, ',')) {
    const auto field = key_value(piece);
    if (field && field->key == name) return field->value;
  }
  return {};
}

Result<StickTable> parse_table(std::size_t number, std::string_view line) {
  constexpr std::string_view kCommand = "show table";
  StickTable table{std::string(part(line, "# table")), std::string(part(line, "type"))};
  if (table.name.empty()) {
    return fail(ErrorCode::malformed, "{}, line {}: '{}' is not a table", kCommand, number,
                printable(line));
  }
  const auto size = count_of(kCommand, number, part(line, "size"));
  const auto used = count_of(kCommand, number, part(line, "used"));
  if (!size) return tl::unexpected(size.error());
  if (!used) return tl::unexpected(used.error());
  table.size = *size;
  table.used = *used;
  return table;
}

bool take_prefix(std::string_view& line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return false;
  line.remove_prefix(prefix.size());
  return true;
}

// The command line's words for what promex calls otherwise.
std::string counter_name(std::string_view name) {
  return name == "snd_error" ? "send_error" : std::string(name);
}

Result<void> add_counter(Nameserver& server, std::size_t number, std::string_view line) {
  const auto field = key_value(line);
  if (!field) {
    return fail(ErrorCode::malformed, "show resolvers, line {}: '{}' is not 'key: value'", number,
                printable(line));
  }
  const auto value = count_of("show resolvers", number, field->value);
  if (!value) return tl::unexpected(value.error());
  server.counters.emplace_back(counter_name(field->key), *value);
  return {};
}

}  // namespace

Result<std::vector<StickTable>> parse_tables(std::string_view answer) {
  const auto lines = complete("show table", answer);
  if (!lines) return tl::unexpected(lines.error());
  std::vector<StickTable> tables;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    auto table = parse_table(i + 1, (*lines)[i]);
    if (!table) return tl::unexpected(table.error());
    tables.push_back(std::move(*table));
  }
  return tables;
}

Result<std::vector<Nameserver>> parse_resolvers(std::string_view answer) {
  const auto lines = complete("show resolvers", answer);
  if (!lines) return tl::unexpected(lines.error());
  std::vector<Nameserver> servers;
  std::string_view section;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    std::string_view line = (*lines)[i];
    if (line.empty()) continue;  // 2.4 has one behind each section
    if (take_prefix(line, "Resolvers section ")) {
      section = line;
    } else if (take_prefix(line, " nameserver ") && line.ends_with(':')) {
      line.remove_suffix(1);
      servers.push_back({std::string(section), std::string(line), {}});
    } else if (servers.empty()) {
      return fail(ErrorCode::malformed, "show resolvers, line {}: '{}' before any nameserver",
                  i + 1, printable(line));
    } else if (auto added = add_counter(servers.back(), i + 1, line); !added) {
      return tl::unexpected(added.error());
    }
  }
  return servers;
}

}  // namespace steward::stats
