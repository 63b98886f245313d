// What a client can read: Accept and Accept-Encoding.
#pragma once

#include <string_view>

namespace steward::http {

enum class PageFormat { text_0_0_4, openmetrics_1_0 };

// OpenMetrics when Accept ranks it at least as high as text/plain (quality, then order, as
// Prometheus sends them); text 0.0.4 otherwise, also for what nobody can serve.
[[nodiscard]] PageFormat negotiate_format(std::string_view accept);

[[nodiscard]] std::string_view content_type(PageFormat format);

// Whether Accept-Encoding allows gzip ("gzip", "*", with a quality above 0).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace steward::http
