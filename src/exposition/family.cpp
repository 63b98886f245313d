#include "steward/exposition/family.hpp"

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward::exposition {
namespace {

constexpr std::string_view kTotal = "_total";

std::string_view type_name(Format format, std::string_view name, Type type) {
  if (type == Type::gauge) return "gauge";
  return format == Format::text_0_0_4 || name.ends_with(kTotal) ? "counter" : "unknown";
}

void write_line(PageWriter& out, std::string_view keyword, std::string_view name,
                std::string_view text) {
  out.write(keyword);
  out.write(name);
  out.write(" ");
  out.write(text);
  out.write("\n");
}

bool plain(std::string_view value) {
  for (const char c : value) {
    if (c < 0x20 || c > 0x7E || c == '\\' || c == '"') return false;
  }
  return true;
}

}  // namespace

void write_family(PageWriter& out, Format format, std::string_view name, Type type,
                  std::string_view help) {
  const std::string_view type_text = type_name(format, name, type);
  const bool strip = format == Format::openmetrics_1_0 && type_text == "counter";
  if (strip) name.remove_suffix(kTotal.size());
  write_line(out, "# HELP ", name, help);
  write_line(out, "# TYPE ", name, type_text);
}

void append_label(std::string& labels, std::string_view key, std::string_view value) {
  if (!labels.empty()) labels += ',';
  labels += key;
  labels += "=\"";
  if (plain(value)) {
    labels += value;
  } else {
    for (const char c : to_utf8(value)) {
      if (c == '\n') {
        labels += "\\n";
        continue;
      }
      if (c == '\\' || c == '"') labels += '\\';
      labels += c;
    }
  }
  labels += '"';
}

bool valid_metric_part(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace steward::exposition
