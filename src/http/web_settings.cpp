#include "steward/http/web_settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "steward/base/text.hpp"

namespace steward::http {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::vector<std::string> files_of(const std::string& file, const config::WebConfig& config) {
  std::vector<std::string> files{file};
  if (!config.tls) return files;
  for (const config::Pem* pem : {&config.tls->cert, &config.tls->key, &config.tls->client_ca}) {
    if (!pem->file.empty()) files.push_back(pem->file);
  }
  return files;
}

}  // namespace

Result<std::unique_ptr<WebSettingsSource>> WebSettingsSource::open(const std::string& file,
                                                                   ProblemHook on_problem) {
  std::unique_ptr<WebSettingsSource> source(new WebSettingsSource(file, std::move(on_problem)));
  if (file.empty()) {
    source->settings_ = std::make_shared<const WebSettings>();
    return source;
  }
  const auto loaded = source->load();
  if (!loaded) return tl::unexpected(loaded.error());
  source->settings_ = *loaded;
  return source;
}

WebSettingsSource::Stamp WebSettingsSource::stamp(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

std::vector<WebSettingsSource::Stamp> WebSettingsSource::stamps() const {
  std::vector<Stamp> out;
  std::ranges::transform(watched_, std::back_inserter(out), stamp);
  return out;
}

std::shared_ptr<TokenBucket> WebSettingsSource::bucket_for(const config::WebConfig& config) const {
  if (!config.rate_limit) return nullptr;
  if (settings_ && settings_->bucket && settings_->bucket->limit() == *config.rate_limit) {
    return settings_->bucket;
  }
  return std::make_shared<TokenBucket>(*config.rate_limit, std::chrono::steady_clock::now());
}

Result<std::shared_ptr<const WebSettings>> WebSettingsSource::load() {
  // Stamps are taken before the reading: what changes meanwhile is read at the next call.
  seen_ = stamps();
  auto config = config::load_web_config(file_);
  if (!config) return tl::unexpected(config.error());
  watched_ = files_of(file_, *config);
  seen_.resize(1);
  std::transform(watched_.begin() + 1, watched_.end(), std::back_inserter(seen_), stamp);
  if (settings_ && settings_->config.tls.has_value() != config->tls.has_value()) {
    return fail(ErrorCode::invalid, "{}: TLS cannot be turned on or off without a restart",
                printable(file_));
  }
  auto settings = std::make_shared<WebSettings>();
  if (config->tls) {
    auto tls = TlsContext::make(*config->tls);
    if (!tls) return fail_within(printable(file_), tls.error());
    settings->tls = *tls;
  }
  settings->bucket = bucket_for(*config);
  settings->config = std::move(*config);
  return settings;
}

std::shared_ptr<const WebSettings> WebSettingsSource::current() {
  if (file_.empty()) return settings_;
  std::unique_lock lock(mutex_);
  if (stamps() == seen_) return settings_;
  const auto loaded = load();
  if (loaded) return settings_ = *loaded;
  auto last_good = settings_;
  lock.unlock();
  if (on_problem_) {
    on_problem_(fail_within("the last good web config stays in use", loaded.error()).value());
  }
  return last_good;
}

}  // namespace steward::http
