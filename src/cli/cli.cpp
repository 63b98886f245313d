#include "steward/cli/cli.hpp"

#include <openssl/crypto.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "steward/base/duration.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/base/version.hpp"
#include "steward/cli/options.hpp"
#include "steward/cli/serve.hpp"
#include "steward/cli/servers.hpp"
#include "steward/config/web_config.hpp"

namespace steward::cli {
namespace {

constexpr auto kProgram = "haproxy-steward";
constexpr std::size_t kProblemBytes = 1'000;

struct ServersFlags {
  ServersQuery query;
  std::string socket = "unix:/run/haproxy/admin.sock";
  std::string timeout = "5s";
  std::string output = "table";
};

int complain(std::ostream& err, std::string_view problem, int code) {
  err << kProgram << ": " << problem << '\n';
  return code;
}

int complain(std::ostream& err, const config::ProblemList& problems, int code) {
  for (const std::string& problem : problems) complain(err, problem, code);
  return code;
}

std::string version_text() {
  return fmt::format("{} {} (revision {})\n  built with: {} {}\n  OpenSSL: {}", kProgram, version(),
                     revision(),
#ifdef __clang__
                     "clang", __clang_version__,
#else
                     "gcc", __VERSION__,
#endif
                     OpenSSL_version(OPENSSL_VERSION));
}

// One value each time the flag is given; left to itself CLI11 takes all that follow, and reads
// "[a,b]" as two.
void repeatable(CLI::Option* option) { option->expected(1)->take_all()->allow_extra_args(false); }

void add_serve(CLI::App& app, ServeFlags& flags) {
  CLI::App* serve = app.add_subcommand("serve", "Serve Prometheus metrics of HAProxy");
  serve->set_version_flag("--version", version_text());
  serve->add_option("--config.file", flags.config_file, "Configuration file (YAML)")
      ->type_name("FILE");
  repeatable(serve
                 ->add_option("--haproxy.socket", flags.sockets,
                              "Stats socket: unix:/path or tcp:host:port (repeatable)")
                 ->type_name("[NAME=]ADDRESS"));
  serve
      ->add_option("--haproxy.timeout", flags.timeout,
                   "How long a scrape may take when Prometheus does not say (5s)")
      ->type_name("DURATION");
  repeatable(serve
                 ->add_option("--web.listen-address", flags.listen_addresses,
                              "Address of the metrics listener (:9101; repeatable)")
                 ->type_name("[HOST]:PORT"));
  serve
      ->add_option("--web.telemetry-path", flags.telemetry_path,
                   "Path of the metrics page (/metrics)")
      ->type_name("PATH");
  serve
      ->add_option("--web.config.file", flags.web_config_file,
                   "TLS and users of the listener, as in Prometheus's exporter-toolkit")
      ->type_name("FILE");
  serve
      ->add_option("--web.max-requests", flags.max_requests,
                   "Requests answered at once, 0 for any number (40)")
      ->type_name("N");
  serve->add_option("--log.level", flags.log_level, "debug, info, warn or error (info)")
      ->type_name("LEVEL");
  serve->add_option("--log.format", flags.log_format, "text or json (text)")->type_name("FORMAT");
  serve->footer(
      "\nExample:\n  haproxy-steward serve --haproxy.socket unix:/run/haproxy/admin.sock");
}

void add_servers(CLI::App& app, ServersFlags& flags) {
  CLI::App* servers =
      app.add_subcommand("servers", "Show the servers of a HAProxy, straight from its socket");
  servers->add_option("backend", flags.query.backend, "Only the servers of this backend");
  servers->add_option("--haproxy.socket,--socket", flags.socket, "unix:/path or tcp:host:port")
      ->type_name("ADDRESS")
      ->capture_default_str();
  servers->add_option("--haproxy.timeout", flags.timeout, "How long HAProxy may take")
      ->type_name("DURATION")
      ->capture_default_str();
  servers->add_option("--output", flags.output, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  servers->footer("\nExample:\n  haproxy-steward servers web --output json");
}

int run_serve(const ServeFlags& flags, std::ostream& err) {
  config::Config config;
  if (!flags.config_file.empty()) {
    auto loaded = config::load_file(flags.config_file);
    if (!loaded) return complain(err, loaded.error(), failed);
    config = std::move(*loaded);
  }
  const auto complete = apply_flags(std::move(config), flags);
  if (!complete) return complain(err, complete.error(), usage);
  return serve(*complete);
}

int run_servers(ServersFlags flags, std::ostream& out, std::ostream& err) {
  const auto address = parse_address(flags.socket);
  if (!address) return complain(err, "--haproxy.socket: " + address.error().message, usage);
  const auto time = parse_duration(flags.timeout);
  if (!time) return complain(err, "--haproxy.timeout: " + time.error().message, usage);
  flags.query.json = flags.output == "json";
  runtime::SocketClient socket(*address);
  const auto shown = show_servers(socket, flags.query, std::chrono::steady_clock::now() + *time);
  if (!shown) {
    const bool late = shown.error().code == ErrorCode::timed_out;
    return complain(err, shown.error().message, late ? timed_out : failed);
  }
  out << *shown;
  return done;
}

// What the listener would say of its own file when it starts.
int check_web_config(const std::string& file, std::ostream& err) {
  if (file.empty()) return done;
  const auto web = config::load_web_config(file);
  if (web) return done;
  for (const std::string_view line : split(web.error().message, '\n')) complain(err, line, failed);
  return failed;
}

int run_check_config(const std::string& file, std::ostream& out, std::ostream& err) {
  const auto loaded = config::load_file(file);
  if (!loaded) return complain(err, loaded.error(), failed);
  const auto complete = apply_flags(*loaded, {});
  if (!complete) {
    for (const std::string& problem : complete.error()) {
      complain(err, fmt::format("{}: {}", printable(file), problem), failed);
    }
    return failed;
  }
  if (const int code = check_web_config(complete->web.config_file, err); code != done) return code;
  out << fmt::format("{}: ok ({} instance{})\n", printable(file), complete->instances.size(),
                     complete->instances.size() == 1 ? "" : "s");
  return done;
}

// What is wrong, on one line, and where to read on.
int complain_of_usage(const CLI::App& app, std::string_view problem, std::ostream& err) {
  std::string help = kProgram;
  for (const CLI::App* chosen : app.get_subcommands()) help += " " + chosen->get_name();
  return complain(err, fmt::format("{}; see '{} --help'", printable(problem, kProblemBytes), help),
                  usage);
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// The first argument that nobody expects, and the flag it may be a slip of.
std::string extra_argument(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (chosen->remaining().empty() && !chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
  }
  auto extras = chosen->remaining();
  const bool no_flags = std::erase(extras, "--") > 0;  // that is what a "--" says
  const std::string extra = extras.empty() ? "" : extras.front();
  if (no_flags || !extra.starts_with("-")) return fmt::format("'{}' is not expected", extra);
  std::vector<std::string> flags;
  for (const CLI::Option* option : chosen->get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  const std::string flag = extra.substr(0, extra.find('='));
  return fmt::format("unknown flag '{}'; {}", flag, suggestion(flag, flags));
}

int parse_and_run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("Prometheus metrics of HAProxy, from its runtime socket", kProgram);
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  ServeFlags serve_flags;
  ServersFlags servers_flags;
  std::string config_file;
  add_serve(app, serve_flags);
  add_servers(app, servers_flags);
  CLI::App* check = app.add_subcommand("check-config", "Check a configuration file");
  check->add_option("file", config_file, "The file")->required()->type_name("FILE");
  check->footer("\nExample:\n  haproxy-steward check-config /etc/haproxy-steward/steward.yml");
  app.add_subcommand("version", "Show the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    if (argc < 2 || !app.get_subcommands().empty()) {
      return complain_of_usage(app, error.what(), err);
    }
    return complain_of_usage(
        app,
        fmt::format("'{}' is not a subcommand; {}", argv[1], suggestion(argv[1], commands_of(app))),
        err);
  } catch (const CLI::ExtrasError&) {
    return complain_of_usage(app, extra_argument(app), err);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, out, err);  // --help, --version
    return complain_of_usage(app, error.what(), err);
  }
  const std::string chosen = app.get_subcommands().front()->get_name();
  if (chosen == "serve") return run_serve(serve_flags, err);
  if (chosen == "servers") return run_servers(servers_flags, out, err);
  if (chosen == "check-config") return run_check_config(config_file, out, err);
  out << version_text() << '\n';
  return done;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    const int code = parse_and_run(argc, argv, out, err);
    if (out.flush()) return code;
    return complain(err, "the output cannot be written", failed);
  } catch (const std::exception& error) {
    return complain(err, fmt::format("unexpected: {}", printable(error.what())), failed);
  }
}

}  // namespace steward::cli
