// Keeps the book: every decision is made here, is durable before anybody hears of it, and is taken
// back if it cannot be made durable.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/account.hpp"
#include "steward/control/book.hpp"
#include "steward/control/held_servers.hpp"
#include "steward/control/membership_requests.hpp"
#include "steward/control/payload.hpp"
#include "steward/control/reconcile.hpp"
#include "steward/control/report.hpp"
#include "steward/control/rollout_requests.hpp"
#include "steward/control/world.hpp"
#include "steward/daemon/control_metrics.hpp"
#include "steward/daemon/ids.hpp"
#include "steward/daemon/instance_names.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/sightings.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::daemon {

// Thread-safe. Deciding and writing to the ledger are one turn, and turns follow each other, so
// that two callers cannot spend the same budget. Who only reads waits for no disk: while a turn is
// written, what it decides is not in the book.
class Keeper {
 public:
  using Clock = std::function<Time()>;
  using Poke = std::function<void(const std::string& instance)>;

  struct Options {
    InstanceNames names;
    control::Policy policy;
    std::string pause_file;  // automation is paused while it exists; empty: none
  };

  // Takes up what the ledger has; fails when that is of an instance nobody names any more. The
  // ledger, the metrics and the log must outlive the keeper.
  [[nodiscard]] static Result<std::unique_ptr<Keeper>> open(Options options, Clock clock,
                                                            ledger::Ledger& ledger,
                                                            ControlMetrics& metrics, Log log);

  // --- for who calls ---

  // Errors are the ledger's: nothing was changed, and trying again makes sense.
  [[nodiscard]] Result<control::Report> take(const control::Payload& payload,
                                             const control::Caller& caller);
  // The same without any effect, and every rule and guard says what it thinks.
  [[nodiscard]] control::Report evaluate(const control::Payload& payload,
                                         const control::Caller& caller);
  // Releases an override by its id. not_found: there is none; refused: it has ended, or the caller
  // may not.
  [[nodiscard]] Result<control::Override> release(const std::string& id,
                                                  const control::Caller& caller);
  // Servers that come and go, and rollouts: see control/membership_requests.hpp and
  // rollout_requests.hpp. A refusal is an answer; Errors are the ledger's.
  template <class T>
  using Asked = tl::expected<T, control::Refusal>;
  [[nodiscard]] Result<Asked<control::Memberships>> add(const control::AddRequest& request,
                                                        const control::Caller& caller,
                                                        bool dry_run);
  [[nodiscard]] Result<Asked<control::Memberships>> remove(const control::RemoveRequest& request,
                                                           const control::Caller& caller,
                                                           bool dry_run);
  [[nodiscard]] Result<Asked<control::Membership>> end_membership(const std::string& id,
                                                                  const control::Caller& caller);
  [[nodiscard]] Result<Asked<control::Rollout>> start(const control::RolloutRequest& request,
                                                      const control::Caller& caller, bool dry_run);
  [[nodiscard]] Result<Asked<control::Rollout>> change(const std::string& id,
                                                       control::RolloutChange change,
                                                       const std::string& server,
                                                       const std::string& reason,
                                                       const control::Caller& caller);
  // Live, and those that ended lately; by id.
  [[nodiscard]] std::vector<control::Membership> memberships() const;
  [[nodiscard]] std::vector<control::Rollout> rollouts() const;

  [[nodiscard]] Result<ledger::Automation> set_automation(bool paused, const std::string& reason,
                                                          const control::Caller& caller);
  // The switch, or the file.
  [[nodiscard]] ledger::Automation automation() const;
  // A line of the audit about a call that changed nothing.
  Result<void> note(control::AuditRecord line);

  [[nodiscard]] std::optional<control::Override> find(const std::string& id) const;
  // By id; the newest, if there are more.
  [[nodiscard]] std::vector<control::Override> live(std::size_t most = SIZE_MAX) const;
  [[nodiscard]] std::map<std::string, std::shared_ptr<const control::View>> views() const;
  // Of the instances that were read, or of the one named.
  [[nodiscard]] std::map<std::string, control::Account> accounts(const std::string& instance) const;
  // The instances whose last reading succeeded.
  [[nodiscard]] std::vector<std::string> reachable() const;
  // Whether every instance was read, or tried, once since the start.
  [[nodiscard]] bool ready() const;

  // Returns when none of the overrides is pending without a guard, or releasing, or at the
  // deadline; the overrides as they are then. Unknown ids are left out.
  [[nodiscard]] std::vector<control::Override> wait(const std::vector<std::string>& ids,
                                                    std::chrono::steady_clock::time_point until);
  // True when the audit has lines after this one; false at the deadline or at close().
  [[nodiscard]] bool wait_for_audit(std::uint64_t after,
                                    std::chrono::steady_clock::time_point until);
  // Ends all waiting, now and later.
  void close();

  void set_policy(control::Policy policy, std::string pause_file);
  [[nodiscard]] Time now() const { return clock_(); }
  [[nodiscard]] std::string new_id() { return ids_.next(clock_()); }

  // --- for the reconcilers ---

  // Called after a decision that HAProxy has to hear of.
  void on_decision(Poke poke);
  // HAProxy was read: compares it with the book. The steps are durable and may be sent; an Error
  // is the ledger's, and nothing must be sent: `done` is remembered for the next call.
  [[nodiscard]] Result<std::vector<control::Step>> reconcile(
      const std::shared_ptr<const control::View>& view, std::vector<control::Done> done);
  // What is held of a HAProxy, as far as it is durable, and what it was like when last seen.
  struct Held {
    control::HeldServers servers;
    std::shared_ptr<const control::View> view;  // null: never seen
  };
  [[nodiscard]] Held held(const std::string& instance);
  // Those of the steps that may still be sent, now that HAProxy was read again.
  [[nodiscard]] std::vector<control::Step> still_safe(const control::View& view,
                                                      const std::vector<control::Step>& steps);
  // The backends whose sessions somebody waits for.
  [[nodiscard]] std::vector<std::string> watched(const std::string& instance) const;
  // It could not be read.
  void lost(const std::string& instance, const std::string& why);

  // Forgets and trims what is old. Called now and then.
  void tidy(Time ledger_before, std::uint64_t ledger_bytes);

 private:
  Keeper(Options options, Clock clock, ledger::Ledger& ledger, ControlMetrics& metrics, Log log);

  // Keeps others from deciding while it lives, and from reading but while the ledger writes.
  class Turn {
   public:
    explicit Turn(Keeper& keeper) : turn_(keeper.turns_), state_(keeper.mutex_) {}
    void pause() { state_.unlock(); }
    void resume() { state_.lock(); }

   private:
    std::lock_guard<std::mutex> turn_;
    std::unique_lock<std::mutex> state_;
  };

  // All that follow want mutex_ to be held.
  control::Report decide(control::Draft& draft, const control::Payload& payload,
                         const control::Caller& caller, bool explain = false) const;
  template <class T, class Decide>
  Result<Asked<T>> ask(const Decide& decide, bool dry_run);
  control::World world(const std::map<std::string, control::Sight, std::less<>>& sights) const;
  std::optional<std::string> why_paused() const;
  Result<void> keep(Turn& turn, control::Draft& draft, bool synced = true,
                    std::map<std::string, ledger::Looked> looked = {});
  Result<void> commit(Turn& turn, const ledger::Batch& batch);
  void told(const std::vector<control::AuditRecord>& lines);
  void update_gauges();
  void catch_up(Turn& turn);
  void follow_clock(Turn& turn);
  void follow_rules(Turn& turn);
  [[nodiscard]] std::map<std::string, ledger::Looked> looked_now(const control::View& view) const;
  void poke_all();

  // What is held of an instance, and of which book that is true.
  struct KnownHeld {
    std::uint64_t revision;
    bool of_people;
    control::HeldServers servers;
  };

  // What a process of HAProxy was told, and the outcome is not written.
  struct Outcomes {
    std::string epoch;
    std::vector<control::Done> done;
  };

  // The wall clock, and one that nobody sets, read together.
  struct ClockReading {
    Time wall;
    std::chrono::steady_clock::time_point steady;
  };

  const Clock clock_;
  ledger::Ledger& ledger_;
  ControlMetrics& metrics_;
  const Log log_;
  mutable Ids ids_;

  std::mutex turns_;          // locked before mutex_, by who changes what that guards
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  control::Policy policy_;
  std::string pause_file_;
  control::Book book_;
  ledger::Automation automation_;
  Sightings sightings_;
  std::map<std::string, ledger::Looked> looked_;  // that the ledger knows
  std::map<std::string, KnownHeld> held_;
  std::map<std::string, Outcomes> outcomes_;  // by instance
  std::optional<ClockReading> clock_reading_;
  std::chrono::milliseconds clock_owed_{0};  // a step of the clock that leases have not followed
  bool rules_owed_ = true;                   // what they say of alerts' overrides is not done
  Poke poke_;
  bool closed_ = false;
};

}  // namespace steward::daemon
