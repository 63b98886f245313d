#include "steward/cli/verb_arguments.hpp"

#include <string>

#include "steward/cli/declare.hpp"

namespace steward::cli {
namespace {

std::string example_of(const std::string& words) { return "Example:\n  haproxy-steward " + words; }

// With --socket there is no daemon: not every verb makes sense then.
enum class Without { possible, pointless };

void add_daemon(CLI::App& app, ConnectionFlags& flags) {
  add_flag(app, "--url", flags.url, "URL",
           "The daemon, http(s)://… or unix:/path; default $STEWARD_URL, http://127.0.0.1:9180.");
  add_flag(app, "--token-file", flags.token_file, "FILE",
           "The token; default $STEWARD_TOKEN_FILE, or $STEWARD_TOKEN itself.");
  add_flag(app, "--cacert", flags.cacert, "FILE",
           "Whose certificates to trust; default: the system's.");
}

void add_connection(CLI::App& app, ConnectionFlags& flags, Without daemon) {
  add_daemon(app, flags);
  if (daemon == Without::possible) {
    add_flag(app, "--socket,--haproxy.socket", flags.socket, "ADDRESS",
             "Straight to this stats socket, without a daemon or ledger.");
  }
  add_flag(app, "--output", flags.output, "FORMAT", "One of table, json; default table.");
}

void add_timeout(CLI::App& app, ConnectionFlags& flags) {
  add_flag(app, "--timeout", flags.timeout, "DURATION", "Of a request; default 10s.");
}

// Below the flags of what acts, before its examples.
std::string with_note(const std::string& examples) {
  return "With --socket what was asked stays as it is when this ends: nothing is released, "
         "nothing\n"
         "expires and nobody applies it again.\n\n" +
         examples;
}

// The same of what takes a while.
std::string with_notes(const std::string& examples) {
  return "Ctrl-C: with --socket what is under way is undone, with a daemon it goes on.\n" +
         with_note(examples);
}

CLI::App& add_act(CLI::App& app, VerbFlags& flags, const std::string& name,
                  const std::string& description, const std::string& example) {
  CLI::App& verb = add_command(app, name, description, with_note(example_of(example)));
  add_word(verb, "BACKEND/SERVER", flags.act.target, "Which server.").required();
  return verb;
}

// What all of them have, below what is their own.
void add_act_least(CLI::App& verb, VerbFlags& flags) {
  ActFlags& act = flags.act;
  add_flag(verb, "--reason", act.reason, "TEXT", "Kept with it, and in the audit.");
  add_flag(verb, "--instance", act.instance, "NAME", "Of this HAProxy alone; default: of each.");
  add_switch(verb, "--dry-run", act.dry_run, "Say what would be done; do nothing.");
  add_connection(verb, flags.connection, Without::possible);
  add_timeout(verb, flags.connection);
}

// And those that make an override.
void add_act_rest(CLI::App& verb, VerbFlags& flags) {
  add_flag(verb, "--for", flags.act.lease, "DURATION", "When it ends by itself, 2h, or unlimited.");
  add_switch(verb, "--force", flags.act.force, "Past the guards of availability; needs admin.");
  add_act_least(verb, flags);
}

void add_states(CLI::App& app, VerbFlags& flags) {
  CLI::App& drain = add_act(app, flags, "drain", "Send a server no new sessions.",
                            "drain web/web1 --for 2h --reason 'new disk' --wait 5m");
  CLI::App& maint = add_act(app, flags, "maint", "Put a server into maintenance.",
                            "maint web/web1 --for 30m --wait 5m");
  for (CLI::App* verb : {&drain, &maint}) {
    add_flag(*verb, "--wait", flags.act.wait, "DURATION",
             "Until no session is left; exit code 4 if some are.");
    add_act_rest(*verb, flags);
  }
  add_act_rest(
      add_act(app, flags, "ready", "Undo drain and maint, after a passed check.", "ready web/web1"),
      flags);
}

void add_acts(CLI::App& app, VerbFlags& flags) {
  add_states(app, flags);
  CLI::App& weight =
      add_act(app, flags, "weight", "Set a server's weight, at once or step by step.",
              "weight web/web1 50%\n  haproxy-steward weight web/web1 --ramp 10%..100% --over 5m");
  add_word(weight, "WEIGHT", flags.act.value,
           "0 to 256, 0% to 100% of the configured; default: yours ends.");
  add_flag(weight, "--ramp", flags.act.ramp, "FROM..TO", "Step by step from the one to the other.");
  add_flag(weight, "--over", flags.act.over, "DURATION", "How long the ramp takes.");
  add_act_rest(weight, flags);
  CLI::App& health =
      add_act(app, flags, "health", "Pin a server's health, or leave it to its checks.",
              "health web/web1 down");
  add_word(health, "HEALTH", flags.act.value, "One of up, down, stopping, auto.").required();
  add_act_rest(health, flags);
  CLI::App& checks = add_act(app, flags, "checks", "Turn a server's health checks on or off.",
                             "checks web/web1 off --for 1h");
  add_word(checks, "ON|OFF", flags.act.value, "One of on, off.").required();
  add_act_rest(checks, flags);
  add_act_least(add_act(app, flags, "adopt", "Keep what is unclear about a server as it is.",
                        "adopt web/web1 --reason 'known to be broken'"),
                flags);
}

CLI::App& add_membership(CLI::App& app, VerbFlags& flags, const std::string& name,
                         const std::string& description, const std::string& example) {
  CLI::App& verb = add_command(app, name, description, with_notes(example_of(example)));
  add_word(verb, "BACKEND/SERVER", flags.membership.target, "Which server.").required();
  return verb;
}

void add_membership_rest(CLI::App& verb, VerbFlags& flags) {
  MembershipFlags& membership = flags.membership;
  add_switch(verb, "--dry-run", membership.dry_run, "Say what would be done; do nothing.");
  add_flag(verb, "--reason", membership.reason, "TEXT", "Kept with it, and in the audit.");
  add_flag(verb, "--instance", membership.instance, "NAME", "Of this HAProxy alone.");
  add_connection(verb, flags.connection, Without::possible);
}

void add_memberships(CLI::App& app, VerbFlags& flags) {
  MembershipFlags& membership = flags.membership;
  CLI::App& add = add_membership(app, flags, "add", "Add a server; wait until it is in service.",
                                 "add web/web9 10.0.0.9:8080 --like web1 --option inter=1s");
  add_word(add, "ADDRESS", membership.address, "host:port, as HAProxy is to reach it.").required();
  add_flag(add, "--like", membership.like, "SERVER", "Whose settings to take; default: the first.");
  add_list(add, "--option", membership.options, "KEY=VALUE",
           "As inter=1s, check=true; repeatable.");
  add_flag(add, "--timeout", membership.timeout, "DURATION", "To pass a check in; default 30s.");
  add_membership_rest(add, flags);
  CLI::App& remove = add_membership(app, flags, "remove", "Drain a server, then remove it.",
                                    "remove web/web9 --timeout 10m --on-timeout cut");
  add_flag(remove, "--timeout", membership.timeout, "DURATION", "To drain in; default 5m.");
  add_flag(remove, "--on-timeout", membership.on_timeout, "fail|cut",
           "What becomes of sessions left then; default fail: the server stays.");
  add_switch(remove, "--force", membership.force, "Past the guards of availability.");
  add_membership_rest(remove, flags);
}

void add_rollout(CLI::App& app, VerbFlags& flags) {
  CLI::App& verb = add_command(
      app, "rollout", "Take servers out one by one and back in, or replace them.",
      with_notes(
          "Examples:\n"
          "  haproxy-steward rollout web --cycle web1,web2 --hook './upgrade \"$STEWARD_SERVER\"'\n"
          "  haproxy-steward rollout web --replace web1=web9@10.0.0.9:8080 --soak 1m"));
  RolloutFlags& rollout = flags.rollout;
  add_word(verb, "BACKEND", rollout.backend, "Whose servers.").required();
  add_flag(verb, "--cycle", rollout.cycle, "SERVERS", "Out and back in: web1,web2.");
  add_list(verb, "--replace", rollout.replace, "OUT=IN@ADDRESS",
           "A new server for an old one; repeatable.");
  add_flag(verb, "--hook", rollout.hook, "COMMAND",
           "Run here for each server once it is out; if it fails, all is undone.");
  add_switch(verb, "--approval", rollout.approval,
             "Wait for 'rollouts ID approve' at each server.");
  add_flag(verb, "--approval-timeout", rollout.approval_timeout, "DURATION",
           "How long; default 1h.");
  add_flag(verb, "--max-parallel", rollout.max_parallel, "NUMBER", "Servers at once; default 1.");
  add_flag(verb, "--drain-timeout", rollout.drain_timeout, "DURATION", "Of each; default 5m.");
  add_flag(verb, "--on-timeout", rollout.on_timeout, "fail|cut",
           "What becomes of sessions left then; default fail.");
  add_flag(verb, "--health-timeout", rollout.health_timeout, "DURATION",
           "To pass a check in; default 1m.");
  add_flag(verb, "--soak", rollout.soak, "DURATION", "Watched before the next; default 10s.");
  add_flag(verb, "--max-5xx", rollout.max_5xx, "PERCENT",
           "Of a server's answers while it is watched; more undoes all.");
  add_list(verb, "--option", rollout.options, "KEY=VALUE", "Of new servers; repeatable.");
  add_switch(verb, "--no-rollback", rollout.no_rollback, "Leave it as it is when it fails.");
  add_switch(verb, "--detach", rollout.detach, "Do not wait for it; the daemon goes on.");
  add_switch(verb, "--dry-run", rollout.dry_run, "Say what would be done; do nothing.");
  add_flag(verb, "--reason", rollout.reason, "TEXT", "Kept with it, and in the audit.");
  add_flag(verb, "--instance", rollout.instance, "NAME", "Of this HAProxy alone.");
  add_connection(verb, flags.connection, Without::possible);
  add_timeout(verb, flags.connection);
}

CLI::App& add_record(CLI::App& app, VerbFlags& flags, const std::string& name,
                     const std::string& description, const std::string& example,
                     Without daemon = Without::pointless) {
  CLI::App& verb = add_command(app, name, description, example_of(example));
  add_connection(verb, flags.connection, daemon);
  add_timeout(verb, flags.connection);
  return verb;
}

void add_records(CLI::App& app, VerbFlags& flags) {
  RecordFlags& record = flags.record;
  CLI::App& rollouts =
      add_record(app, flags, "rollouts", "Show rollouts, or steer one.",
                 "rollouts\n  haproxy-steward rollouts 01JD3ZQW0G3Z5T8C pause --reason lunch");
  add_word(rollouts, "ROLLOUT", record.id, "Its id; default: all are listed.");
  add_word(rollouts, "ACTION", record.action, "One of pause, resume, approve, abort.");
  add_flag(rollouts, "--server", record.server, "SERVER", "Approve this one alone.");
  add_flag(rollouts, "--reason", record.reason, "TEXT", "Kept in the audit.");
  add_switch(add_record(app, flags, "overrides", "Show what is held in another state, and why.",
                        "overrides --all"),
             "--all", record.all, "Also those that have ended.");
  add_word(add_record(app, flags, "release", "End an override, or a wish to add or remove.",
                      "release 01JD3ZQW0G3Z5T8C"),
           "ID", record.id, "As overrides shows it.")
      .required();
  CLI::App& audit = add_record(app, flags, "audit", "Show who did what, and what came of it.",
                               "audit --limit 20 --follow");
  add_switch(audit, "--follow", record.follow, "Go on with what comes.");
  add_flag(audit, "--limit", record.limit, "NUMBER", "The newest so many; default 50.");
  add_word(add_record(app, flags, "pause", "Stop acting on alerts.", "pause 'network work'"),
           "REASON", record.reason, "Why, for others to see.");
  (void)add_record(app, flags, "resume", "Act on alerts again.", "resume");
  add_word(add_record(app, flags, "evaluate", "Say what a payload would do; do nothing.",
                      "evaluate alerts.json\n  haproxy-steward evaluate - < alerts.json",
                      Without::possible),
           "FILE", record.file, "Alertmanager's JSON, or an action's; - is the standard input.")
      .required();
}

void add_state_file(CLI::App& app, VerbFlags& flags) {
  RecordFlags& record = flags.record;
  CLI::App& verb = add_command(
      app, "state-file", "Print what a HAProxy is to start with, or write it into a file.",
      "Where HAProxy and the daemon share a folder, the daemon keeps the file itself.\n\n"
      "Example:\n"
      "  haproxy-steward state-file --url https://lb-a:9180 --output /run/haproxy/lb1.hold");
  add_flag(verb, "--instance", record.instance, "NAME", "Which HAProxy; default: the only one.");
  add_flag(verb, "--format", record.format, "FORMAT",
           "hold: for steward-hold.lua; state: for server-state-file; default hold.");
  add_flag(verb, "--output", record.file, "FILE", "Replaced as a whole; default: printed.");
  add_daemon(verb, flags.connection);
  add_timeout(verb, flags.connection);
}

void add_completions(CLI::App& app, VerbFlags& flags) {
  add_word(add_command(app, "completion", "Print what a shell needs to complete commands.",
                       "Example:\n  source <(haproxy-steward completion bash)"),
           "SHELL", flags.record.shell, "One of bash, zsh, fish.")
      .required();
  CLI::App& complete = add_command(app, "__complete", "For those scripts.", "");
  complete.group("");  // hidden
  add_word(complete, "WHAT", flags.record.what, "servers, backends, overrides or rollouts.")
      .required();
  add_connection(complete, flags.connection, Without::possible);
}

}  // namespace

void declare_verbs(CLI::App& app, VerbFlags& flags) {
  add_acts(app, flags);
  add_memberships(app, flags);
  add_rollout(app, flags);
  add_records(app, flags);
  add_state_file(app, flags);
  add_completions(app, flags);
}

}  // namespace steward::cli
