#include "steward/http/metrics_routes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/gzip.hpp"
#include "steward/http/landing_page.hpp"
#include "steward/http/negotiation.hpp"

namespace steward::http {
namespace {

Response text(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response failure(int status, const Error& error) { return text(status, error.message + "\n"); }

exposition::Format format_of(const Request& request) {
  const auto accept = request.header("Accept").value_or("");
  return negotiate_format(accept) == PageFormat::openmetrics_1_0
             ? exposition::Format::openmetrics_1_0
             : exposition::Format::text_0_0_4;
}

BodyStream compressed(std::shared_ptr<const daemon::Page> page) {
  return [page = std::move(page)](const ByteSink& sink) {
    GzipWriter gzip(sink);
    const bool whole = page->write([&](std::string_view bytes) { return gzip.write(bytes); });
    return whole && gzip.finish();
  };
}

BodyStream plain(std::shared_ptr<const daemon::Page> page) {
  return [page = std::move(page)](const ByteSink& sink) { return page->write(sink); };
}

Response page_response(const Request& request, daemon::Page page) {
  Response response;
  response.content_type = content_type(negotiate_format(request.header("Accept").value_or("")));
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  auto shared = std::make_shared<const daemon::Page>(std::move(page));
  if (accepts_gzip(request.header("Accept-Encoding").value_or(""))) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = compressed(std::move(shared));
  } else {
    response.body = plain(std::move(shared));
  }
  return response;
}

Response scrape(daemon::Exporter& exporter, const Request& request,
                std::optional<std::string> target) {
  auto selection = exposition::parse_selection(request.query);
  if (!selection) return failure(400, selection.error());
  auto page = exporter.scrape(
      {format_of(request), std::move(*selection), std::move(target), scrape_time(request)});
  if (!page) return failure(404, page.error());
  return page_response(request, std::move(*page));
}

Response probe(daemon::Exporter& exporter, const Request& request) {
  const auto found = std::find_if(request.query.begin(), request.query.end(),
                                  [](const auto& entry) { return entry.first == "target"; });
  if (found == request.query.end()) {
    return text(400, fmt::format("the parameter 'target' is missing; there is: {}\n",
                                 fmt::join(exporter.instances(), ", ")));
  }
  return scrape(exporter, request, found->second);
}

Response landing(const daemon::Exporter& exporter, const std::string& telemetry_path) {
  Response response = text(200, landing_page(telemetry_path, exporter.instances()));
  response.content_type = "text/html; charset=utf-8";
  return response;
}

}  // namespace

std::optional<std::chrono::milliseconds> scrape_time(const Request& request) {
  const auto header = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  if (!header) return std::nullopt;
  const std::string value(*header);
  char* end = nullptr;
  const double seconds = std::strtod(value.c_str(), &end);  // the program keeps the C locale
  if (end == value.c_str() || *end != '\0' || !std::isfinite(seconds) || seconds <= 0) {
    return std::nullopt;
  }
  const double most = std::chrono::duration<double>(limits::kScrapeTimeoutMax).count();
  const double kept = std::min(std::max(seconds - 0.5, seconds / 2), most);
  return std::chrono::milliseconds(std::max<std::int64_t>(1, std::lround(kept * 1000)));
}

Handler metrics_handler(daemon::Exporter& exporter, std::string telemetry_path) {
  return [&exporter, path = std::move(telemetry_path)](const Request& request) {
    if (request.method != "GET" && request.method != "HEAD") {
      Response response = text(405, "only GET and HEAD are answered here\n");
      response.headers.emplace_back("Allow", "GET, HEAD");
      return response;
    }
    if (request.path == path) return scrape(exporter, request, std::nullopt);
    if (request.path == "/probe") return probe(exporter, request);
    if (request.path == "/-/healthy") return text(200, "haproxy-steward is healthy.\n");
    if (request.path == "/-/ready") return text(200, "haproxy-steward is ready.\n");
    if (request.path == "/") return landing(exporter, path);
    return text(404, "there is nothing here; see /\n");
  };
}

}  // namespace steward::http
