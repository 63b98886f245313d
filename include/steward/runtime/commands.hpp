// Changes of servers as text for the runtime socket: the only place that writes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/command.hpp"
#include "steward/control/server_ref.hpp"

namespace steward::runtime {

// "set server web/web1 state drain". Fails (invalid) if a name could be more than a name.
[[nodiscard]] Result<std::string> text_of(const control::Command& command,
                                          const control::ServerRef& server);

// One server's commands as one text, "a;b".
[[nodiscard]] Result<std::string> text_of(std::span<const control::Command> commands,
                                          const control::ServerRef& server);

// Texts chained into as few lines as fit, each of at most limits::kCommandBytes: an error of one
// does not stop those behind it.
[[nodiscard]] std::vector<std::string> chained(std::span<const std::string> texts);

// "show servers state" of one backend, by name. Fails as text_of.
[[nodiscard]] Result<std::string> show_state(std::string_view backend);

// `show stat` of one backend's servers. By id: by name HAProxy may find a frontend instead.
[[nodiscard]] std::string show_servers(std::uint32_t backend_id);

}  // namespace steward::runtime
