#include "steward/cli/cli.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/about.hpp"
#include "steward/cli/arguments.hpp"
#include "steward/cli/serve.hpp"
#include "steward/cli/servers.hpp"
#include "steward/cli/table.hpp"
#include "steward/cli/verbs.hpp"
#include "steward/config/secrets.hpp"
#include "steward/config/web_config.hpp"
#include "steward/daemon/controller.hpp"
#include "steward/ledger/peek.hpp"

namespace steward::cli {
namespace {

using config::Config;
using config::ProblemList;

// One line, whatever bytes are in the message.
std::string line_of(std::string_view message) {
  constexpr std::size_t kLongest = 4'000;
  return printable(message, kLongest) + "\n";
}

int complain(std::ostream& err, std::string_view message, int code) {
  err << "haproxy-steward: " << line_of(message);
  return code;
}

int complain(std::ostream& err, const ProblemList& problems, int code) {
  for (const std::string& problem : problems) complain(err, problem, code);
  return code;
}

// Problems of a file name it themselves.
int complain_of_file(std::ostream& err, const ProblemList& problems) {
  for (const std::string& problem : problems) err << line_of(problem);
  return failed;
}

// The file with the flags over it, checked as a whole.
tl::expected<Config, ProblemList> load_anew(const ServeFlags& flags) {
  const auto file = flags.config_file ? config::load_file(*flags.config_file) : Config{};
  if (!file) return tl::unexpected(file.error());
  auto config = merge(*file, flags);
  if (!config) return config;
  ProblemList problems = config::validate(*config);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return config;
}

int run_serve(const ServeFlags& flags, const Streams& streams) {
  const auto file = flags.config_file ? config::load_file(*flags.config_file) : Config{};
  if (!file) return complain_of_file(streams.err, file.error());
  const auto config = merge(*file, flags);
  if (!config) return complain(streams.err, config.error(), usage);
  const ProblemList problems = config::validate(*config);
  if (!problems.empty()) return complain(streams.err, problems, flags.config_file ? failed : usage);
  return serve(*config, [&flags] { return load_anew(flags); });
}

// Whether every instance that the ledger has something of is named. A ledger that cannot be read is
// no problem of the configuration.
Result<void> check_instances(const Config& config) {
  if (config.control.principals.empty()) return {};
  const auto contents = ledger::peek(config.control.storage.path);
  if (!contents || !*contents) return {};
  return daemon::check_names(daemon::names_of(config), daemon::in_use(**contents));
}

// Whether `file` alone could be served, and what it names as its web.config_file.
ProblemList problems_of(const std::string& file, const Config& config) {
  ProblemList problems;
  for (const std::string& problem : config::validate(config)) {
    problems.push_back(fmt::format("{}: {}", file, problem));
  }
  const auto secrets = config::load_secrets(config.control);
  if (!secrets) problems.insert(problems.end(), secrets.error().begin(), secrets.error().end());
  if (auto named = check_instances(config); !named) {
    problems.push_back(fmt::format("{}: {}", file, named.error().message));
  }
  if (config.web.config_file.empty()) return problems;
  const auto web = config::load_web_config(config.web.config_file);
  if (web) return problems;
  for (const auto line : split(web.error().message, '\n')) problems.emplace_back(line);
  return problems;
}

int run_check_config(const std::string& file, const Streams& streams) {
  const auto config = config::load_file(file);
  if (!config) return complain_of_file(streams.err, config.error());
  const ProblemList problems = problems_of(file, *config);
  if (!problems.empty()) return complain_of_file(streams.err, problems);
  const std::size_t count = config->instances.size();
  streams.out << line_of(
      fmt::format("{}: ok ({} {})", file, count, count == 1 ? "instance" : "instances"));
  return done;
}

// The daemon's, if one is named and no socket is.
int run_servers(const ServersFlags& flags, const Environment& environment, const Streams& streams) {
  if (flags.url || (!flags.socket && environment.url && !environment.url->empty())) {
    VerbFlags verb;
    verb.verb = "servers";
    verb.connection = {flags.url,    flags.token_file, flags.cacert,
                       flags.socket, flags.timeout,    flags.output};
    verb.record.id = flags.backend;
    return run_verb(verb, environment, streams);
  }
  const auto options = options_of(flags);
  if (!options) return complain(streams.err, options.error(), usage);
  runtime::SocketClient socket(options->socket);
  const auto text = show_servers(socket, *options, streams.colour);
  if (!text) {
    const bool late = text.error().code == ErrorCode::timed_out;
    return complain(streams.err, text.error().message, late ? timed_out : failed);
  }
  streams.out << *text;
  return done;
}

// The token is one line; what is printed goes into token_sha256 of the configuration.
int run_hash_token(std::istream& in, const Streams& streams) {
  std::string token;
  std::getline(in, token);
  while (token.ends_with('\r')) token.pop_back();
  if (token.size() < limits::kSecretLeast) {
    return complain(streams.err,
                    fmt::format("a token of {} bytes can be guessed; it needs {} at least",
                                token.size(), limits::kSecretLeast),
                    failed);
  }
  streams.out << config::token_hash(token) << "\n";
  return done;
}

int run_command(const Arguments& arguments, const Environment& environment,
                const Streams& streams) {
  switch (arguments.command) {
    case Command::serve:
      return run_serve(arguments.serve, streams);
    case Command::servers:
      return run_servers(arguments.servers, environment, streams);
    case Command::check_config:
      return run_check_config(arguments.file, streams);
    case Command::hash_token:
      return run_hash_token(std::cin, streams);
    case Command::version:
      streams.out << about_in_full();
      return done;
    case Command::verb:
      return run_verb(arguments.verb, environment, streams);
  }
  return failed;
}

int end(const Ending& ending, const Streams& streams) {
  (ending.code == done ? streams.out : streams.err) << ending.text;
  return ending.code;
}

// A result that could not be written was not given.
int flushed(int code, const Streams& streams) {
  if (streams.out.flush() || code != done) return code;
  return complain(streams.err, "the output cannot be written", failed);
}

// No thread has started yet.
const char* variable(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
}

Typed typed(const char* value) { return value == nullptr ? Typed() : Typed(value); }

TerminalWidth width_of(int descriptor) {
  if (!wants_bar(::isatty(descriptor) == 1, variable("NO_COLOR"), variable("TERM"))) return {};
  return [descriptor]() -> std::size_t {
    constexpr std::size_t kUsual = 80;
    winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kUsual;
  };
}

}  // namespace

int run(int argc, char** argv) {
  const bool colour = wants_colour(::isatty(STDOUT_FILENO) == 1, variable("NO_COLOR"));
  const Environment environment{typed(variable("STEWARD_URL")),
                                typed(variable("STEWARD_TOKEN_FILE")),
                                typed(variable("STEWARD_TOKEN"))};
  return run(argc, argv,
             {std::cout, std::cerr, colour, width_of(STDOUT_FILENO), width_of(STDERR_FILENO)},
             environment);
}

int run(int argc, const char* const* argv, const Streams& streams, const Environment& environment) {
  try {
    const auto arguments = parse_arguments(argc, argv);
    const int code =
        arguments ? run_command(*arguments, environment, streams) : end(arguments.error(), streams);
    return flushed(code, streams);
  } catch (const std::exception& defect) {
    return complain(streams.err, fmt::format("a defect of the program: {}", defect.what()), failed);
  } catch (...) {
    return complain(streams.err, "a defect of the program", failed);
  }
}

}  // namespace steward::cli
