// The web config file as the listener uses it, read again whenever it or a certificate changes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "steward/config/web_config.hpp"
#include "steward/http/tls.hpp"
#include "steward/http/token_bucket.hpp"

namespace steward::http {

// What holds at one moment. Immutable but for the bucket, which outlives a reload that leaves its
// limit alone.
struct WebSettings {
  config::WebConfig config;
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
  std::shared_ptr<TokenBucket> bucket;    // null: no rate limit
};

// Called from any thread, once for each change that cannot be used.
using ProblemHook = std::function<void(const Error&)>;

// Looks at the files (device, inode, size, times) each time it is asked and reads them when they
// differ. What is wrong then is told to the hook, and the last good settings stay: exporter-toolkit
// answers 500 to everything instead, so that a typo blinds the monitoring. Whether there is TLS
// cannot change while running. Thread-safe.
class WebSettingsSource {
 public:
  // An empty name: no TLS, no users, for good. Fails when the file cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<WebSettingsSource>> open(const std::string& file,
                                                                       ProblemHook on_problem);

  [[nodiscard]] std::shared_ptr<const WebSettings> current();

 private:
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  // no such file
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };

  WebSettingsSource(std::string file, ProblemHook on_problem)
      : file_(std::move(file)), on_problem_(std::move(on_problem)), watched_{file_} {}
  [[nodiscard]] static Stamp stamp(const std::string& file);
  [[nodiscard]] std::vector<Stamp> stamps() const;
  [[nodiscard]] Result<std::shared_ptr<const WebSettings>> load();
  [[nodiscard]] std::shared_ptr<TokenBucket> bucket_for(const config::WebConfig& config) const;

  const std::string file_;
  const ProblemHook on_problem_;
  std::mutex mutex_;                  // guards what follows
  std::vector<std::string> watched_;  // the file and those it names
  std::vector<Stamp> seen_;
  std::shared_ptr<const WebSettings> settings_;
};

}  // namespace steward::http
