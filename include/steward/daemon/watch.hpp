// Reads one HAProxy for deciding: its state, and now and then its topology.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/view.hpp"
#include "steward/daemon/pacing.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::daemon {

// Not thread-safe; one thread watches one HAProxy. The socket must outlive it.
class Watch {
 public:
  // `master` may be null: then nobody tells of old workers.
  Watch(std::string instance, runtime::RuntimeSocket& socket, runtime::RuntimeSocket* master,
        std::function<Time()> clock)
      : instance_(std::move(instance)),
        socket_(socket),
        master_(master),
        clock_(std::move(clock)) {}

  // Everything: `show info` and `show servers state` in one transaction. `show stat` only when the
  // process is another one, servers came or went, or it was read limits::kTopologyAge ago.
  [[nodiscard]] Result<std::shared_ptr<const control::View>> read(runtime::Deadline deadline);

  // Adds what goes on in these backends to what was read last: `show stat` of each, and of the old
  // workers that the master knows. While the master does not answer, nothing is added.
  [[nodiscard]] Result<std::shared_ptr<const control::View>> read_activities(
      const std::vector<std::string>& backends, runtime::Deadline deadline);

  // The same, but of a large HAProxy that is still the same process only these backends are read
  // again, if they are few.
  [[nodiscard]] Result<std::shared_ptr<const control::View>> read_again(
      const std::vector<std::string>& backends, runtime::Deadline deadline);

 private:
  struct Answer {
    control::Epoch epoch;
    stats::ServersState servers;
  };
  [[nodiscard]] Result<Answer> ask(const std::string& states, runtime::Deadline deadline);
  void await_checks(const control::View& view);
  [[nodiscard]] bool knows_topology(const Answer& answer) const;
  [[nodiscard]] bool anything_let_in(const Answer& answer) const;
  [[nodiscard]] Result<void> read_topology(const Answer& answer, runtime::Deadline deadline);

  const std::string instance_;
  runtime::RuntimeSocket& socket_;
  runtime::RuntimeSocket* const master_;
  const std::function<Time()> clock_;
  std::shared_ptr<const control::Topology> topology_;
  std::vector<control::ServerKey> awaited_;  // within topology_
  std::string topology_epoch_;
  std::chrono::steady_clock::time_point topology_read_;
  std::optional<Shape> shape_;
  std::shared_ptr<const control::View> last_;
  std::shared_ptr<const control::Activities> activities_;
};

}  // namespace steward::daemon
