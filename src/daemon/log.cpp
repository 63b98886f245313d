#include "steward/daemon/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <string>

#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

constexpr std::size_t kMessageBytes = 4'096;

// The message, printable and fit to stand between quotes.
class QuotedMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view payload(message.payload.data(), message.payload.size());
    for (const char c : printable(payload, kMessageBytes)) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<QuotedMessage>();
  }
};

constexpr auto kText = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg=\"%*\"";
constexpr auto kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":"%*"})";

spdlog::level::level_enum level_of(const std::string& name) {
  return spdlog::level::from_str(name);
}

}  // namespace

Log make_log(const config::Log& options) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<QuotedMessage>('*').set_pattern(
      options.format == config::LogFormat::json ? kJson : kText);
  auto log = std::make_shared<spdlog::logger>("steward",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_formatter(std::move(formatter));
  log->set_level(level_of(options.level));
  log->flush_on(spdlog::level::trace);
  return log;
}

}  // namespace steward::daemon
