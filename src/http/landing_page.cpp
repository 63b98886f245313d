#include "steward/http/landing_page.hpp"

#include <fmt/format.h>

#include <iterator>

#include "steward/base/version.hpp"

namespace steward::http {
namespace {

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>haproxy-steward</title>
<style>
body {{ font-family: system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem;
       color: #1c2733; background: #fff; line-height: 1.5; }}
a {{ color: #0b5cad; }}
footer {{ color: #5b6875; margin-top: 2rem; }}
</style>
</head>
<body>
<h1>haproxy-steward</h1>
<p>Prometheus metrics of HAProxy, read from its runtime socket.</p>
<ul>
<li><a href="{0}">Metrics</a> of every instance</li>
{1}<li><a href="/-/healthy">Healthy</a> and <a href="/-/ready">ready</a></li>
</ul>
<footer>Version {2}, revision {3}</footer>
</body>
</html>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string landing_page(std::string_view telemetry_path,
                         const std::vector<std::string>& instances) {
  std::string probes;
  for (const std::string& name : instances) {
    fmt::format_to(std::back_inserter(probes),
                   "<li><a href=\"/probe?target={0}\">Metrics of {0}</a></li>\n", escaped(name));
  }
  return fmt::format(kPage, escaped(telemetry_path), probes, version(), revision());
}

}  // namespace steward::http
