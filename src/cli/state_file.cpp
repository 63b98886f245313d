#include "steward/cli/state_file.hpp"

#include <fmt/format.h>

#include <ostream>

#include "steward/base/text.hpp"
#include "steward/cli/cli.hpp"
#include "steward/daemon/hold_file_writer.hpp"

namespace steward::cli {
namespace {

tl::unexpected<Failure> no_file(std::string message) {
  return tl::unexpected(Failure{failed, std::move(message)});
}

Done<std::string> only_file(const Json& holds, const StateFileRequest& request) {
  const Json& all = list_at(holds, "holds");
  if (all.empty() && request.instance.empty()) return no_file("the daemon keeps no hold files");
  if (all.empty()) {
    return no_file(fmt::format("the daemon keeps no hold files of a HAProxy '{}'",
                               printable(request.instance)));
  }
  if (all.size() > 1) return no_file("the daemon has several HAProxies: name one by --instance");
  return text_at(all.front(), request.state ? "state_file" : "hold_file");
}

}  // namespace

Result<StateFileRequest> state_file_request(const RecordFlags& flags) {
  const std::string format = flags.format.value_or("hold");
  if (format != "hold" && format != "state") {
    return fail(ErrorCode::invalid, "--format: '{}' is not one of hold, state", printable(format));
  }
  return StateFileRequest{flags.instance.value_or(""), format == "state", flags.file.value_or("")};
}

Done<void> state_file(const Session& session, const StateFileRequest& request) {
  const auto got =
      session.call("GET", with_query(api_path({"holds"}), {{"instance", request.instance}}));
  if (!got) return tl::unexpected(got.error());
  const auto text = only_file(*got, request);
  if (!text) return tl::unexpected(text.error());
  if (request.output.empty()) {
    session.out() << *text;
    return {};
  }
  const auto written = daemon::replace_file(request.output, *text);
  return written ? Done<void>() : tl::unexpected(failure_of(written.error()));
}

}  // namespace steward::cli
