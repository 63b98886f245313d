// What is known of the servers of one HAProxy, for people who ask why one is out: baseline, wishes,
// what comes of them, and what is seen. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/view.hpp"
#include "steward/control/witness.hpp"

namespace steward::control {

// Of one setting. `by` is empty without a hold: then the baseline is what is seen.
struct SettingAccount {
  Setting setting = Setting::state;
  Value configured, baseline, effect, observed;
  std::optional<Provenance> by{};
  bool unclear = false, stuck = false;
  std::vector<const Override*> overrides{};  // live, by id; of the account
};

// A copy of what the book has of the view's instance, so that reading needs no lock. Immutable.
class Account {
 public:
  Account(const Book& book, std::shared_ptr<const View> view, Limits limits);

  [[nodiscard]] const View& view() const { return *view_; }

  // The settings with a live override or a hold, and the ids of the overrides.
  [[nodiscard]] std::vector<SettingAccount> settings(const stats::ServerState& server) const;
  [[nodiscard]] std::vector<std::string> overrides(const stats::ServerState& server) const;
  // Why it is not in service, a sentence; "" if it is.
  [[nodiscard]] std::string why_out(const stats::ServerState& server) const;
  // See availability.hpp; the reason is "" of one that is.
  [[nodiscard]] bool is_verified(const stats::ServerState& server) const;
  [[nodiscard]] std::string_view why_not_verified(const stats::ServerState& server) const;

 private:
  struct Kept {
    std::vector<Override> live;  // by id
    std::vector<Hold> holds;
  };
  [[nodiscard]] const Kept* kept(const ServerKey& server) const;
  [[nodiscard]] std::string own_why_out(const stats::ServerState& server) const;

  std::shared_ptr<const View> view_;
  Limits limits_;
  Witness witness_;
  std::unordered_map<ServerRef, Kept, ServerRefHash> kept_;
};

}  // namespace steward::control
