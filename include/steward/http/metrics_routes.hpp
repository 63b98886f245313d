// What the metrics listener answers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "steward/daemon/exporter.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// GET and HEAD of
//   /             a page for people, with links
//   <telemetry>   metrics of every instance
//   /probe        ?target=<configured name>: metrics of one
//   /-/healthy    200 while the process lives
//   /-/ready      200 once it serves
// Anything else is 404, another method 405. The exporter must outlive the handler.
[[nodiscard]] Handler metrics_handler(daemon::Exporter& exporter, std::string telemetry_path);

// How long a scrape may take, of what X-Prometheus-Scrape-Timeout-Seconds says: half a second is
// kept for the way back (half of it, if it is less than a second). Nothing if there is no such
// header, or no number in it.
[[nodiscard]] std::optional<std::chrono::milliseconds> scrape_time(const Request& request);

}  // namespace steward::http
