#include "steward/stats/certificates.hpp"

#include <algorithm>
#include <array>

#include "steward/base/text.hpp"
#include "steward/stats/complete.hpp"

namespace steward::stats {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// "00:42:30"
std::optional<std::chrono::seconds> parse_clock(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = parse_number<unsigned>(parts[0]), minutes = parse_number<unsigned>(parts[1]),
             seconds = parse_number<unsigned>(parts[2]);
  if (!hours || !minutes || !seconds) return std::nullopt;
  if (*hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

// "Feb 21 00:42:30 2027 GMT", the day padded with a space: OpenSSL's ASN1_TIME_print. By hand,
// because std::get_time reads the months of the process's locale.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, std::string_view());
  if (words.size() != 5 || words[4] != "GMT") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), words[0]);
  const auto day = parse_number<unsigned>(words[1]);
  const auto clock = parse_clock(words[2]);
  const auto year = parse_number<int>(words[3]);
  if (month == kMonths.end() || !day || !clock || !year) return std::nullopt;
  const auto month_number = static_cast<unsigned>(month - kMonths.begin()) + 1;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(month_number),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + *clock;
}

void take_field(Certificate& certificate, const KeyValue& field) {
  if (field.key == "Filename") certificate.file = field.value;
  if (field.key == "Subject") certificate.subject = field.value;
  if (field.key == "Issuer") certificate.issuer = field.value;
  if (field.key == "Serial") certificate.serial = field.value;
  if (field.key == "Status") certificate.used = field.value == "Used";
  if (field.key == "notBefore") certificate.not_before = parse_time(field.value);
  if (field.key == "notAfter") certificate.not_after = parse_time(field.value);
}

}  // namespace

Result<std::vector<std::string>> parse_certificate_names(std::string_view answer) {
  const auto lines = complete("show ssl cert", answer);
  if (!lines) return tl::unexpected(lines.error());
  std::vector<std::string> names;
  for (const std::string_view line : *lines) {
    if (line.empty() || line.front() == '#' || line.front() == '*') continue;
    names.emplace_back(line);
  }
  return names;
}

Result<Certificate> parse_certificate(std::string_view answer) {
  const auto lines = complete("show ssl cert", answer);
  if (!lines) return tl::unexpected(lines.error());
  Certificate certificate;
  for (const std::string_view line : *lines) {
    if (const auto field = key_value(line)) take_field(certificate, *field);
  }
  if (certificate.file.empty()) {
    return fail(ErrorCode::malformed, "show ssl cert: there is no 'Filename' in what was answered");
  }
  return certificate;
}

}  // namespace steward::stats
