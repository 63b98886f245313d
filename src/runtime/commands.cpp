#include "steward/runtime/commands.hpp"

#include <algorithm>
#include <cctype>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::runtime {
namespace {

using control::Verb;

// Words of an address and of options: nothing that could end a command or begin another.
bool plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view(" _-.:/,@%+=[]").find(c) != std::string_view::npos;
  });
}

Result<void> check(const control::ServerRef& server) {
  if (control::valid_haproxy_name(server.backend) && control::valid_haproxy_name(server.server)) {
    return {};
  }
  return fail(ErrorCode::invalid, "'{}' is not the name of a server", printable(to_string(server)));
}

// What stands before the server, and after it.
struct Phrase {
  std::string_view before, after;
};

Phrase phrase_of(Verb verb) {
  switch (verb) {
    case Verb::state_ready:
      return {"set server", "state ready"};
    case Verb::state_drain:
      return {"set server", "state drain"};
    case Verb::state_maint:
      return {"set server", "state maint"};
    case Verb::weight:
      return {"set server", "weight"};
    case Verb::health_up:
      return {"set server", "health up"};
    case Verb::health_stopping:
      return {"set server", "health stopping"};
    case Verb::health_down:
      return {"set server", "health down"};
    case Verb::enable_health:
      return {"enable health", ""};
    case Verb::disable_health:
      return {"disable health", ""};
    case Verb::enable_agent:
      return {"enable agent", ""};
    case Verb::add_server:
      return {"add server", ""};
    case Verb::del_server:
      return {"del server", ""};
    case Verb::shutdown_sessions:
      return {"shutdown sessions server", ""};
    case Verb::disable_agent:
      break;
  }
  return {"disable agent", ""};
}

}  // namespace

Result<std::string> text_of(const control::Command& command, const control::ServerRef& server) {
  if (auto good = check(server); !good) return tl::unexpected(good.error());
  const Phrase phrase = phrase_of(command.verb);
  std::string text = fmt::format("{} {}/{}", phrase.before, server.backend, server.server);
  if (!phrase.after.empty()) text += fmt::format(" {}", phrase.after);
  if (command.verb == Verb::weight) text += fmt::format(" {}", command.weight);
  if (command.text.empty()) return text;
  if (!plain(command.text)) {
    return fail(ErrorCode::invalid, "'{}' cannot be told to HAProxy", printable(command.text));
  }
  text += " " + command.text;
  return text;
}

Result<std::string> text_of(std::span<const control::Command> commands,
                            const control::ServerRef& server) {
  std::string all;
  for (const control::Command& command : commands) {
    auto text = text_of(command, server);
    if (!text) return text;
    all += (all.empty() ? "" : ";") + *text;
  }
  return all;
}

std::vector<std::string> chained(std::span<const std::string> texts) {
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    if (lines.empty() || lines.back().size() + 1 + text.size() > limits::kCommandBytes) {
      lines.push_back(text);
    } else {
      lines.back() += ";" + text;
    }
  }
  return lines;
}

std::string show_servers(std::uint32_t backend_id) {
  constexpr int kServers = 4;  // among "show stat"'s types
  return fmt::format("show stat #{} {} -1", backend_id, kServers);
}

Result<std::string> show_state(std::string_view backend) {
  if (control::valid_haproxy_name(backend)) return fmt::format("show servers state {}", backend);
  return fail(ErrorCode::invalid, "'{}' is not the name of a backend", printable(backend));
}

}  // namespace steward::runtime
