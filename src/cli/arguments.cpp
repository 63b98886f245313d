#include "steward/cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/about.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/completion.hpp"
#include "steward/cli/declare.hpp"
#include "steward/cli/help.hpp"
#include "steward/cli/verb_arguments.hpp"

namespace steward::cli {
namespace {

void add_serve(CLI::App& app, ServeFlags& flags) {
  CLI::App& serve =
      add_command(app, "serve", "Serve metrics until told to end.",
                  "Examples:\n"
                  "  haproxy-steward serve --haproxy.socket unix:/run/haproxy/admin.sock\n"
                  "  haproxy-steward serve --haproxy.socket lb1=unix:/run/lb1.sock \\\n"
                  "                        --haproxy.socket lb2=tcp:10.0.0.2:9999");
  add_flag(serve, "--config.file", flags.config_file, "FILE",
           "The configuration; flags win over it.");
  add_list(serve, "--haproxy.socket", flags.sockets, "[NAME=]ADDRESS",
           "A stats socket, unix:/path or tcp:host:port; repeatable.");
  add_flag(serve, "--haproxy.timeout", flags.timeout, "DURATION",
           "Of a scrape, when Prometheus names none; default 5s.");
  add_list(serve, "--web.listen-address", flags.listen_addresses, "[HOST]:PORT",
           "Where to serve; repeatable; default :9101.");
  add_flag(serve, "--web.telemetry-path", flags.telemetry_path, "PATH",
           "Of the metrics; default /metrics.");
  add_flag(serve, "--web.config.file", flags.web_config_file, "FILE",
           "TLS and users, as for other Prometheus exporters.");
  add_flag(serve, "--web.max-requests", flags.max_requests, "NUMBER",
           "Served at once; 0: no limit; default 40.");
  add_flag(serve, "--log.level", flags.log_level, "LEVEL",
           "One of debug, info, warn, error; default info.");
  add_flag(serve, "--log.format", flags.log_format, "FORMAT", "One of text, json; default text.");
  serve.set_version_flag("--version", about, "Show the version.");
}

void add_servers(CLI::App& app, ServersFlags& flags) {
  CLI::App& servers =
      add_command(app, "servers", "Show a HAProxy's servers, or those a daemon knows.",
                  "Examples:\n"
                  "  haproxy-steward servers\n"
                  "  haproxy-steward servers web --socket tcp:10.0.0.2:9999 --output json\n"
                  "  haproxy-steward servers web --url http://127.0.0.1:9180");
  servers.add_option("BACKEND", flags.backend, "Only this one's servers.");
  add_flag(servers, "--socket,--haproxy.socket", flags.socket, "ADDRESS",
           "Its stats socket; default unix:/run/haproxy/admin.sock.");
  add_flag(servers, "--haproxy.timeout", flags.timeout, "DURATION",
           "For all that is asked; default 5s.");
  add_flag(servers, "--url", flags.url, "URL", "The daemon, not a socket; default $STEWARD_URL.");
  add_flag(servers, "--token-file", flags.token_file, "FILE",
           "Its token; default as for other commands.");
  add_flag(servers, "--cacert", flags.cacert, "FILE",
           "Whose certificates to trust; default: the system's.");
  add_flag(servers, "--output", flags.output, "FORMAT", "One of table, json; default table.");
}

void declare(CLI::App& app, Arguments& arguments) {
  app.name("haproxy-steward");
  app.description("Prometheus metrics and safe runtime changes for HAProxy.");
  app.footer("See haproxy-steward COMMAND --help for the flags of a command.");
  app.allow_extras()->require_subcommand(0, 1);
  app.set_help_flag("-h,--help", "Show this.");
  app.set_version_flag("--version", about, "Show the version.");
  add_serve(app, arguments.serve);
  add_servers(app, arguments.servers);
  add_command(app, "check-config", "Say whether a configuration file can be served.",
              "Example:\n  haproxy-steward check-config /etc/haproxy-steward.yml")
      .add_option("FILE", arguments.file, "The configuration.")
      ->required();
  add_command(app, "hash-token", "Read a token from the standard input; print its SHA-256.",
              "Example:\n"
              "  haproxy-steward hash-token < /etc/alertmanager/steward.token");
  declare_verbs(app, arguments.verb);
  add_command(app, "version", "Show the version, the compiler and the libraries.",
              "Example:\n  haproxy-steward version");
}

const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

// All but the verbs.
constexpr std::array<std::pair<std::string_view, Command>, 5> kCommands{
    {{"serve", Command::serve},
     {"servers", Command::servers},
     {"check-config", Command::check_config},
     {"hash-token", Command::hash_token},
     {"version", Command::version}}};

Command command_of(const CLI::App& app) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& command) {
    return command.first == app.get_name();
  });
  return found == kCommands.end() ? Command::verb : found->second;
}

// The message, and which help to read.
Ending misuse(const CLI::App& app, std::string_view message) {
  return {usage, fmt::format("haproxy-steward: {}; see {} --help\n", printable(message),
                             path_of(chosen(app)))};
}

// "; did you mean 'x'?" if there is a near one.
std::string slip_of(const std::string& word, const std::vector<std::string>& names) {
  const std::string hint = suggestion(word, names, "");
  return hint.starts_with("did you mean") ? "; " + hint : "";
}

std::string unknown_flag(const CLI::App& app, const std::string& flag) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return "unknown flag " + flag + slip_of(flag, flags);
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return "unknown command " + word + slip_of(word, names);
}

// The first word nobody knows, if there is one. Behind "--" there are no flags.
std::optional<Ending> unknown_word(const CLI::App& app) {
  std::vector<std::string> words = app.remaining(true);
  const bool no_flags = std::erase(words, "--") > 0;
  if (words.empty()) return std::nullopt;
  const std::string& word = words.front();
  if (word.starts_with('-') && !no_flags) {
    return misuse(app, unknown_flag(chosen(app), word.substr(0, word.find('='))));
  }
  if (app.get_subcommands().empty()) return misuse(app, unknown_command(app, word));
  return misuse(app, "unexpected argument " + word);
}

// CLI11 takes the next word as the value of "--name=".
std::optional<Ending> missing_value(const CLI::App& app, const std::vector<std::string>& words) {
  const auto bare = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("--") && word.find('=') == word.size() - 1;
  });
  if (bare == words.end()) return std::nullopt;
  return misuse(app, bare->substr(0, bare->size() - 1) + " needs a value");
}

// What CLI11 does not see, or not first.
std::optional<Ending> misuse_of(const CLI::App& app, const std::vector<std::string>& words) {
  auto missing = missing_value(app, words);
  return missing ? std::move(missing) : unknown_word(app);
}

Ending ending_of(const CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) {
    return {done, help_text(chosen(app))};
  }
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) return {done, about()};
  if (auto said = misuse_of(app, words)) return *std::move(said);
  const std::string_view message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return misuse(app, fmt::format("{} needs a value", message.substr(0, message.find(':'))));
  }
  return misuse(app, message);
}

}  // namespace

tl::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv) {
  CLI::App app;
  Arguments arguments;
  declare(app, arguments);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  try {  // CLI11 takes them from the back
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(ending_of(app, error, words));
  }
  if (auto said = misuse_of(app, words)) return tl::unexpected(*std::move(said));
  if (app.get_subcommands().empty()) return tl::unexpected(Ending{usage, help_text(app)});
  arguments.command = command_of(chosen(app));
  arguments.verb.verb = chosen(app).get_name();
  return arguments;
}

Result<std::string> completion(std::string_view shell) {
  CLI::App app;
  Arguments arguments;
  declare(app, arguments);
  return completion_script(app, shell);
}

}  // namespace steward::cli
