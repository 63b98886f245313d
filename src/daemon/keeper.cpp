#include "steward/daemon/keeper.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/clock_step.hpp"
#include "steward/control/intake.hpp"
#include "steward/control/manual.hpp"
#include "steward/control/plan.hpp"
#include "steward/control/recent.hpp"
#include "steward/control/records.hpp"
#include "steward/control/rederive.hpp"
#include "steward/daemon/audit_sentence.hpp"
#include "steward/daemon/crash_point.hpp"

namespace steward::daemon {
namespace {

using control::AuditRecord;
using control::Caller;
using control::Override;
using control::Phase;
using control::Report;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

ledger::Batch batch_of(control::Changes changes) {
  return {std::move(changes.overrides),
          std::move(changes.holds),
          std::move(changes.dropped),
          std::nullopt,
          std::move(changes.audit),
          std::move(changes.memberships),
          std::move(changes.rollouts),
          {},
          true};
}

}  // namespace

Keeper::Keeper(Options options, Clock clock, ledger::Ledger& ledger, ControlMetrics& metrics,
               Log log)
    : clock_(std::move(clock)),
      ledger_(ledger),
      metrics_(metrics),
      log_(std::move(log)),
      policy_(std::move(options.policy)),
      pause_file_(std::move(options.pause_file)),
      sightings_(options.names.configured) {}

Result<std::unique_ptr<Keeper>> Keeper::open(Options options, Clock clock, ledger::Ledger& ledger,
                                             ControlMetrics& metrics, Log log) {
  auto contents = ledger.load(clock() - limits::kHistory);
  if (!contents) return tl::unexpected(contents.error());
  if (auto known = check_names(options.names, in_use(*contents)); !known) {
    return tl::unexpected(known.error());
  }
  const ledger::Batch renamed = settle_names(options.names, *contents, clock());
  if (!renamed.empty()) {
    if (auto done = ledger.commit(renamed); !done) return tl::unexpected(done.error());
  }
  std::unique_ptr<Keeper> keeper(
      new Keeper(std::move(options), std::move(clock), ledger, metrics, std::move(log)));
  for (Override& each : contents->overrides) keeper->book_.put(std::move(each));
  for (control::Hold& each : contents->holds) keeper->book_.put(std::move(each));
  for (auto& each : contents->memberships) keeper->book_.put(std::move(each));
  for (auto& each : contents->rollouts) keeper->book_.put(std::move(each));
  for (const auto& [name, looked] : contents->looked) {
    keeper->book_.witness(name).resume(looked.at, looked.epoch, looked.doubts);
  }
  keeper->automation_ = std::move(contents->automation);
  Turn turn(*keeper);
  keeper->follow_rules(turn);
  keeper->log_->info("ledger: {} live overrides, automation {}", keeper->book_.live_count(),
                     keeper->automation_.paused ? "paused" : "on");
  keeper->update_gauges();
  return keeper;
}

std::optional<std::string> Keeper::why_paused() const {
  std::error_code error;
  if (!pause_file_.empty() && std::filesystem::exists(pause_file_, error)) {
    return "automation is paused by the file " + pause_file_;
  }
  if (!automation_.paused) return std::nullopt;
  return fmt::format("automation is paused by {} since {}{}{}", automation_.by,
                     format_time(automation_.since), automation_.reason.empty() ? "" : ": ",
                     automation_.reason);
}

control::World Keeper::world(const std::map<std::string, control::Sight, std::less<>>& all) const {
  const Time time = clock_();
  return {policy_, all, why_paused(), time, [this, time] { return ids_.next(time); }};
}

Report Keeper::decide(control::Draft& draft, const control::Payload& payload, const Caller& caller,
                      bool explain) const {
  const auto all = sightings_.sights();
  control::World at = world(all);
  at.explain = explain;
  if (const auto* delivery = std::get_if<control::Delivery>(&payload)) {
    return control::take(draft, at, *delivery, caller);
  }
  return control::take(draft, at, std::get<control::ManualRequest>(payload).actions, caller);
}

Result<void> Keeper::commit(Turn& turn, const ledger::Batch& batch) {
  turn.pause();
  const auto began = steady_clock::now();
  auto done = ledger_.commit(batch);
  const std::chrono::duration<double> took = steady_clock::now() - began;
  turn.resume();
  metrics_.observe_commit(took.count(), done.has_value());
  if (!done)
    log_->error("the ledger cannot be written, so nothing is done: {}", done.error().message);
  return done;
}

Result<void> Keeper::keep(Turn& turn, control::Draft& draft, bool synced,
                          std::map<std::string, ledger::Looked> looked) {
  control::Changes changes = draft.set_aside();
  if (changes.empty() && looked.empty()) {
    draft.apply({});
    return {};
  }
  synced = synced && !changes.empty();
  ledger::Batch batch = batch_of(std::move(changes));
  batch.synced = synced;
  batch.looked = std::move(looked);
  if (auto done = commit(turn, batch); !done) return done;
  draft.apply({std::move(batch.overrides),
               std::move(batch.holds),
               std::move(batch.dropped),
               std::move(batch.memberships),
               std::move(batch.rollouts),
               {}});
  for (auto& [name, each] : batch.looked) looked_[name] = std::move(each);
  told(batch.audit);
  return {};
}

void Keeper::told(const std::vector<AuditRecord>& lines) {
  const bool logged = log_->should_log(spdlog::level::info);
  metrics_.count_events(lines);
  for (const AuditRecord& line : lines) {
    if (logged) log_->info("{}", sentence_of(line));
  }
  update_gauges();
  changed_.notify_all();
}

void Keeper::update_gauges() {
  metrics_.set_counts(book_);
  metrics_.set_paused(why_paused().has_value());
  metrics_.set_ledger(ledger_.bytes(), ledger_.last_sequence());
}

void Keeper::poke_all() {
  if (!poke_) return;
  for (const std::string& name : sightings_.instances()) poke_(name);
}

Result<Report> Keeper::take(const control::Payload& payload, const Caller& caller) {
  const bool manual = std::holds_alternative<control::ManualRequest>(payload);
  if (manual && std::get<control::ManualRequest>(payload).dry_run) return evaluate(payload, caller);
  Turn turn(*this);
  catch_up(turn);
  control::Draft draft(book_);
  Report report = decide(draft, payload, caller);
  crash_point("before_intent");
  if (auto kept = keep(turn, draft); !kept) return tl::unexpected(kept.error());
  crash_point("after_intent");
  metrics_.count(report, manual);
  poke_all();
  return report;
}

Report Keeper::evaluate(const control::Payload& payload, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  control::Draft draft(book_);
  Report report = decide(draft, payload, caller, true);
  for (control::Outcome& outcome : report.outcomes) {
    // Ids of what will not be are of no use; those of what is there are.
    if (outcome.did == control::Did::created || outcome.did == control::Did::deferred) {
      outcome.override_id.clear();
    }
  }
  return report;
}

Result<Override> Keeper::release(const std::string& id, const Caller& caller) {
  if (!find(id)) {
    auto past = ledger_.find(id);  // it remembers longer than the book
    if (!past || *past) return past.map([](const auto& each) { return *each; });
    return fail(ErrorCode::not_found, "there is no override {}", printable(id, 40));
  }
  Turn turn(*this);
  catch_up(turn);
  const Override* found = book_.find(id);
  if (found == nullptr) return fail(ErrorCode::not_found, "override {} is forgotten", id);
  if (!control::live(found->phase) || found->phase == Phase::releasing) return *found;
  const auto forbidden = control::why_not_release(*found, caller.principal);
  if (forbidden) return fail(ErrorCode::refused, "{}", *forbidden);
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  control::release(draft, *found, control::End::asked, world(all), caller,
                   caller.principal.name + " released it");
  if (auto kept = keep(turn, draft); !kept) return tl::unexpected(kept.error());
  poke_all();
  return *book_.find(id);
}

Result<ledger::Automation> Keeper::set_automation(bool paused, const std::string& reason,
                                                  const Caller& caller) {
  Turn turn(*this);
  ledger::Batch batch;
  batch.automation = ledger::Automation{paused, caller.principal.name, reason, clock_()};
  AuditRecord line = control::record_of(paused ? control::Event::paused : control::Event::resumed,
                                        clock_(), caller);
  line.verdict = reason;
  batch.audit.push_back(std::move(line));
  if (auto done = commit(turn, batch); !done) return tl::unexpected(done.error());
  automation_ = *batch.automation;
  told(batch.audit);
  poke_all();
  return automation_;
}

ledger::Automation Keeper::automation() const {
  const std::lock_guard lock(mutex_);
  if (automation_.paused || !why_paused()) return automation_;
  return {true, "the pause file", *why_paused(), automation_.since};
}

Result<void> Keeper::note(AuditRecord line) {
  Turn turn(*this);
  ledger::Batch batch;
  batch.audit.push_back(std::move(line));
  if (auto done = commit(turn, batch); !done) return done;
  told(batch.audit);
  return {};
}

void Keeper::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Keeper::set_policy(control::Policy policy, std::string pause_file) {
  Turn turn(*this);
  policy_ = std::move(policy);
  pause_file_ = std::move(pause_file);
  rules_owed_ = true;
  follow_rules(turn);
  update_gauges();
  poke_all();
}

// What could not be written when it was due comes first in each turn.
void Keeper::catch_up(Turn& turn) {
  follow_clock(turn);
  follow_rules(turn);
}

// What the rules say of alerts' overrides, since they were read last.
void Keeper::follow_rules(Turn& turn) {
  if (!rules_owed_) return;
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  control::rederive(draft, world(all));
  rules_owed_ = !keep(turn, draft);
}

// A clock that was set does not end leases, nor does it prolong them.
void Keeper::follow_clock(Turn& turn) {
  const ClockReading now{clock_(), steady_clock::now()};
  const auto before = std::exchange(clock_reading_, now);
  if (!before) return;
  const auto step = (now.wall - before->wall) -
                    std::chrono::floor<std::chrono::milliseconds>(now.steady - before->steady);
  if (std::chrono::abs(step) >= limits::kClockStep) {
    book_.step_witnesses(step);
    clock_owed_ += step;
  }
  if (clock_owed_ == 0ms) return;
  control::Draft draft(book_);
  control::step_clock(draft, now.wall, clock_owed_);
  if (keep(turn, draft)) clock_owed_ = 0ms;
}

// Written now and then, so that it is known to the minute when HAProxy was looked at before it was
// restarted; and when what is not believed of its servers has changed.
std::map<std::string, ledger::Looked> Keeper::looked_now(const control::View& view) const {
  constexpr auto kOften = std::chrono::minutes(1);
  const std::string& name = view.instance();
  ledger::Looked now{view.read_at(), view.epoch(), book_.witness(name).doubts()};
  const auto known = looked_.find(name);
  const bool same = known != looked_.end() && known->second.epoch == now.epoch &&
                    known->second.doubts == now.doubts;
  if (same && control::recent(known->second.at, now.at, kOften)) return {};
  return {{name, std::move(now)}};
}

void Keeper::on_decision(Poke poke) {
  const std::lock_guard lock(mutex_);
  poke_ = std::move(poke);
}

Result<std::vector<control::Step>> Keeper::reconcile(
    const std::shared_ptr<const control::View>& view, std::vector<control::Done> done) {
  Turn turn(*this);
  sightings_.seen(view);
  metrics_.set_reachable(view->instance(), true);
  metrics_.set_paused(why_paused().has_value());  // the file may have come or gone
  catch_up(turn);
  Outcomes& past = outcomes_[view->instance()];
  if (past.epoch != view->epoch()) past = {view->epoch(), {}};
  std::ranges::move(done, std::back_inserter(past.done));
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  auto steps = control::reconcile(draft, world(all), *view, past.done);
  if (!past.done.empty()) crash_point("before_outcome");
  // What HAProxy is to be told must be known after a power cut; what it did can be read again.
  auto kept = keep(turn, draft, !steps.empty(), looked_now(*view));
  if (!kept) return tl::unexpected(kept.error());
  past.done.clear();
  return steps;
}

std::vector<control::Step> Keeper::still_safe(const control::View& view,
                                              const std::vector<control::Step>& steps) {
  const std::lock_guard lock(mutex_);
  const auto all = sightings_.sights();
  return control::still_safe(book_, world(all), view, steps);
}

void Keeper::lost(const std::string& instance, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (sightings_.lost(instance, why)) log_->warn("{}: cannot be read: {}", instance, why);
  metrics_.set_reachable(instance, false);
}

void Keeper::tidy(Time ledger_before, std::uint64_t ledger_bytes) {
  {
    const Turn turn(*this);
    book_.forget(clock_());
    update_gauges();
  }
  const auto trimmed = ledger_.trim(ledger_before, ledger_bytes);
  if (!trimmed) log_->warn("the ledger could not be trimmed: {}", trimmed.error().message);
}

}  // namespace steward::daemon
