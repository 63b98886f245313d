#include "steward/daemon/keeper.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/intake.hpp"
#include "steward/control/manual.hpp"
#include "steward/control/records.hpp"
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

ledger::Batch batch_of(control::Changes changes) {
  return {std::move(changes.overrides), std::move(changes.holds),
          std::move(changes.dropped),   std::nullopt,
          std::move(changes.audit),     std::move(changes.memberships),
          std::move(changes.rollouts),  true};
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
      sightings_(options.instances) {}

Result<std::unique_ptr<Keeper>> Keeper::open(Options options, Clock clock, ledger::Ledger& ledger,
                                             ControlMetrics& metrics, Log log) {
  auto contents = ledger.load(clock() - limits::kHistory);
  if (!contents) return tl::unexpected(contents.error());
  std::unique_ptr<Keeper> keeper(
      new Keeper(std::move(options), std::move(clock), ledger, metrics, std::move(log)));
  for (Override& each : contents->overrides) keeper->book_.put(std::move(each));
  for (control::Hold& each : contents->holds) keeper->book_.put(std::move(each));
  for (auto& each : contents->memberships) keeper->book_.put(std::move(each));
  for (auto& each : contents->rollouts) keeper->book_.put(std::move(each));
  keeper->automation_ = std::move(contents->automation);
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

Result<void> Keeper::commit(const ledger::Batch& batch) {
  const auto began = steady_clock::now();
  auto done = ledger_.commit(batch);
  const std::chrono::duration<double> took = steady_clock::now() - began;
  metrics_.observe_commit(took.count(), done.has_value());
  if (!done)
    log_->error("the ledger cannot be written, so nothing is done: {}", done.error().message);
  return done;
}

Result<void> Keeper::keep(control::Draft& draft, bool synced) {
  control::Changes changes = draft.changes();
  if (changes.empty()) {
    draft.keep();
    return {};
  }
  ledger::Batch batch = batch_of(std::move(changes));
  batch.synced = synced;
  if (auto done = commit(batch); !done) return done;
  draft.keep();
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
  const std::lock_guard lock(mutex_);
  control::Draft draft(book_);
  Report report = decide(draft, payload, caller);
  crash_point("before_intent");
  if (auto kept = keep(draft); !kept) return tl::unexpected(kept.error());
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
  const std::lock_guard lock(mutex_);
  const Override* found = book_.find(id);
  if (found == nullptr) {
    auto past = ledger_.find(id);  // it remembers longer than the book
    if (!past || *past) return past.map([](const auto& each) { return *each; });
    return fail(ErrorCode::not_found, "there is no override {}", printable(id, 40));
  }
  if (!control::live(found->phase) || found->phase == Phase::releasing) return *found;
  const auto forbidden = control::why_forbidden(caller.principal, control::action_of(found->value),
                                                found->target.backend, !found->origin.manual);
  if (forbidden) return fail(ErrorCode::refused, "{}", *forbidden);
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  control::release(draft, *found, control::End::asked, world(all), caller,
                   caller.principal.name + " released it");
  if (auto kept = keep(draft); !kept) return tl::unexpected(kept.error());
  poke_all();
  return *book_.find(id);
}

Result<ledger::Automation> Keeper::set_automation(bool paused, const std::string& reason,
                                                  const Caller& caller) {
  const std::lock_guard lock(mutex_);
  ledger::Batch batch;
  batch.automation = ledger::Automation{paused, caller.principal.name, reason, clock_()};
  AuditRecord line = control::record_of(paused ? "paused" : "resumed", clock_(), caller);
  line.verdict = reason;
  batch.audit.push_back(std::move(line));
  if (auto done = commit(batch); !done) return tl::unexpected(done.error());
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
  const std::lock_guard lock(mutex_);
  ledger::Batch batch;
  batch.audit.push_back(std::move(line));
  if (auto done = commit(batch); !done) return done;
  told(batch.audit);
  return {};
}

void Keeper::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Keeper::set_policy(control::Policy policy, std::string pause_file) {
  const std::lock_guard lock(mutex_);
  policy_ = std::move(policy);
  pause_file_ = std::move(pause_file);
  update_gauges();
  poke_all();
}

void Keeper::on_decision(Poke poke) {
  const std::lock_guard lock(mutex_);
  poke_ = std::move(poke);
}

Result<std::vector<control::Step>> Keeper::reconcile(
    const std::shared_ptr<const control::View>& view, const std::vector<control::Done>& done) {
  const std::lock_guard lock(mutex_);
  sightings_.seen(view);
  metrics_.set_reachable(view->instance(), true);
  metrics_.set_paused(why_paused().has_value());  // the file may have come or gone
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  auto steps = control::reconcile(draft, world(all), *view, done);
  if (!done.empty()) crash_point("before_outcome");
  // What HAProxy is to be told must be known after a power cut; what it did can be read again.
  if (auto kept = keep(draft, !steps.empty()); !kept) return tl::unexpected(kept.error());
  return steps;
}

void Keeper::lost(const std::string& instance, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (sightings_.lost(instance, why)) log_->warn("{}: cannot be read: {}", instance, why);
  metrics_.set_reachable(instance, false);
}

void Keeper::tidy(Time ledger_before, std::uint64_t ledger_bytes) {
  {
    const std::lock_guard lock(mutex_);
    book_.forget(clock_());
    update_gauges();
  }
  const auto trimmed = ledger_.trim(ledger_before, ledger_bytes);
  if (!trimmed) log_->warn("the ledger could not be trimmed: {}", trimmed.error().message);
}

}  // namespace steward::daemon
