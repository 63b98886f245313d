#include "steward/cli/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/cli/act.hpp"
#include "steward/cli/arguments.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/completion.hpp"
#include "steward/cli/membership.hpp"
#include "steward/cli/records.hpp"
#include "steward/cli/rollout.hpp"
#include "steward/cli/state_file.hpp"

namespace steward::cli {
namespace {

constexpr auto kCompletionTimeout = std::chrono::seconds(1);

// What is wrong with what was typed is found before anybody is asked.
template <class Request>
Done<void> with(Result<Request> request, const Session* session,
                Done<void> (*run)(const Session&, const Request&)) {
  if (!request) return tl::unexpected(Failure{usage, request.error().message});
  return session == nullptr ? Done<void>() : run(*session, *request);
}

// Without a session: whether it was typed rightly.
using Run = Done<void> (*)(const Session*, const VerbFlags&);

template <Done<void> (*kRun)(const Session&, const RecordFlags&)>
Done<void> record(const Session* session, const VerbFlags& flags) {
  return session == nullptr ? Done<void>() : kRun(*session, flags.record);
}

template <bool kPaused>
Done<void> automation(const Session* session, const VerbFlags& flags) {
  return session == nullptr ? Done<void>() : set_automation(*session, flags.record, kPaused);
}

tl::unexpected<Failure> needs_daemon(std::string_view flag) {
  return tl::unexpected(Failure{
      usage, fmt::format("{}: there is no daemon with --socket, so nobody would see to it", flag)});
}

Done<void> run_act(const Session* session, const VerbFlags& flags) {
  if (flags.act.lease && flags.connection.socket) return needs_daemon("--for");
  return with(act_request(flags.verb, flags.act), session, act);
}
Done<void> run_add(const Session* session, const VerbFlags& flags) {
  return with(add_request(flags.membership), session, add);
}
Done<void> run_remove(const Session* session, const VerbFlags& flags) {
  return with(remove_request(flags.membership), session, remove);
}
Done<void> run_rollout(const Session* session, const VerbFlags& flags) {
  if (flags.rollout.detach && flags.connection.socket) return needs_daemon("--detach");
  return with(rollout_request(flags.rollout), session, rollout);
}

Done<void> run_state_file(const Session* session, const VerbFlags& flags) {
  return with(state_file_request(flags.record), session, state_file);
}

struct Verb {
  std::string_view name;
  Run run;
};
constexpr std::array<Verb, 19> kVerbs{{{"drain", run_act},
                                       {"maint", run_act},
                                       {"ready", run_act},
                                       {"weight", run_act},
                                       {"health", run_act},
                                       {"checks", run_act},
                                       {"adopt", run_act},
                                       {"add", run_add},
                                       {"remove", run_remove},
                                       {"rollout", run_rollout},
                                       {"rollouts", record<rollouts>},
                                       {"servers", record<servers>},
                                       {"overrides", record<show_overrides>},
                                       {"release", record<release>},
                                       {"audit", record<show_audit>},
                                       {"pause", automation<true>},
                                       {"resume", automation<false>},
                                       {"evaluate", record<evaluate>},
                                       {"state-file", run_state_file}}};

int report(const Streams& streams, const Failure& failure) {
  constexpr std::size_t kLongest = 4'000;
  streams.out.flush();
  if (!failure.message.empty()) {
    streams.err << "haproxy-steward: " << printable(failure.message, kLongest) << "\n";
  } else if (failure.code == interrupted) {
    streams.err << "haproxy-steward: interrupted\n";
  }
  return failure.code;
}

Done<void> talk(Run run, const VerbFlags& flags, const ConnectionOptions& options,
                const Streams& streams) {
  Interrupts interrupts;
  auto client = connect(options);
  if (!client) return tl::unexpected(failure_of(client.error()));
  interrupts.on_raise([&client] { (*client)->interrupt(); });
  const Session session(**client, interrupts, streams, options);
  auto ran = run(&session, flags);
  interrupts.on_raise(nullptr);
  return ran;
}

int print_script(const std::string& shell, const Streams& streams) {
  const auto script = completion(shell);
  if (!script) return report(streams, {usage, script.error().message});
  streams.out << *script;
  return done;
}

// Names for a shell, or nothing: whoever completes a word wants no complaints.
int print_names(const std::string& what, ConnectionOptions options, const Streams& streams) {
  options.timeout = kCompletionTimeout;
  auto client = connect(options);
  if (!client) return failed;
  const bool by_id = what == "overrides" || what == "rollouts";
  const auto target =
      by_id ? with_query(api_path({what}), {{"phase", what == "overrides" ? "pending,active" : ""}})
            : api_path({"servers"});
  const auto body = body_of((*client)->call("GET", target, nullptr));
  if (!body) return failed;
  for (const std::string& name : names_of(*body, what)) streams.out << name << "\n";
  return done;
}

}  // namespace

int run_verb(const VerbFlags& flags, const Environment& environment, const Streams& streams) {
  if (flags.verb == "completion") return print_script(flags.record.shell.value_or(""), streams);
  const auto options = options_of(flags.connection, environment);
  if (flags.verb == "__complete") {
    return options ? print_names(flags.record.what.value_or(""), *options, streams) : failed;
  }
  if (!options) return report(streams, {usage, options.error().message});
  const auto* verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [&](const Verb& each) { return each.name == flags.verb; });
  if (verb == kVerbs.end()) return report(streams, {failed, "a command without any code"});
  if (auto typed = verb->run(nullptr, flags); !typed) return report(streams, typed.error());
  const auto ran = talk(verb->run, flags, *options, streams);
  return ran ? done : report(streams, ran.error());
}

}  // namespace steward::cli
