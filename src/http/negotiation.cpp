#include "steward/http/negotiation.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "steward/base/text.hpp"

namespace steward::http {
namespace {

// One element of an Accept header: "text/plain; version=0.0.4; q=0.5".
struct Choice {
  std::string name;     // lower case
  std::string version;  // of the format; empty: not said
  int quality = 1'000;  // thousandths; what cannot be read is 0, not wanted
};

std::string lower(std::string_view text) {
  std::string out(trim(text));
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

// "1", "0.5", "0.125" in thousandths (RFC 9110, 12.4.2).
int parse_quality(std::string_view text) {
  if (text.size() > 5 || (text.size() > 1 && text[1] != '.')) return 0;
  std::string digits(text.substr(0, 1));
  if (text.size() > 2) digits += text.substr(2);
  digits.resize(4, '0');
  const int quality = parse_number<int>(digits).value_or(0);
  return quality < 0 || quality > 1'000 ? 0 : quality;
}

Choice parse_choice(std::string_view text) {
  const auto parts = split(text, ';');
  Choice choice;
  choice.name = lower(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key = lower(parts[i].substr(0, equals));
    const std::string_view value = trim(parts[i].substr(equals + 1));
    if (key == "q") choice.quality = parse_quality(value);
    if (key == "version") choice.version = value;
  }
  return choice;
}

// The best offer seen for one format: first how exactly it was named, then quality, then order.
struct Offer {
  int precision = 0;  // 0: not at all; 1: */*; 2: text/*; 3: by name
  int quality = 0;
  std::size_t place = 0;

  void take(int new_precision, int new_quality, std::size_t new_place) {
    if (new_precision < precision) return;
    if (new_precision == precision && new_quality <= quality) return;
    *this = Offer{new_precision, new_quality, new_place};
  }
};

int text_precision(const Choice& choice) {
  if (choice.name == "*/*") return 1;
  if (choice.name == "text/*") return 2;
  const bool version = choice.version.empty() || choice.version == "0.0.4";
  return choice.name == "text/plain" && version ? 3 : 0;
}

bool names_openmetrics(const Choice& choice) {
  return choice.name == "application/openmetrics-text" &&
         (choice.version.empty() || choice.version == "1.0.0");
}

}  // namespace

PageFormat negotiate_format(std::string_view accept) {
  Offer text;
  Offer openmetrics;
  std::size_t place = 0;
  for (const std::string_view element : split(accept, ',')) {
    const Choice choice = parse_choice(element);
    if (const int precision = text_precision(choice)) {
      text.take(precision, choice.quality, place);
    }
    if (names_openmetrics(choice)) openmetrics.take(3, choice.quality, place);
    ++place;
  }
  if (openmetrics.quality == 0 || openmetrics.quality < text.quality) return PageFormat::text_0_0_4;
  if (openmetrics.quality > text.quality) return PageFormat::openmetrics_1_0;
  return openmetrics.place < text.place ? PageFormat::openmetrics_1_0 : PageFormat::text_0_0_4;
}

std::string_view content_type(PageFormat format) {
  return format == PageFormat::openmetrics_1_0
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  for (const std::string_view element : split(accept_encoding, ',')) {
    const Choice choice = parse_choice(element);
    if (choice.name == "gzip" || choice.name == "x-gzip") return choice.quality > 0;
    if (choice.name == "*") any = choice.quality > 0;
  }
  return any;
}

}  // namespace steward::http
