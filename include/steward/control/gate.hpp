// The last of the guards: it stands where commands leave. No step that passes it lowers a backend
// below its floor, whatever the step comes from.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// For one round of one instance. A step takes a server if HAProxy may send it traffic before the
// step, or after this round's loosening steps on other servers, and may not afterwards. It passes
// if, in every backend touched (those of trackers, too), enough servers stay verified; what this
// round loosens earns no credit before it is read back. Everything else passes. Not thread-safe;
// all that is referred to must outlive it.
class Gate {
 public:
  struct Ask {
    ServerKey server;                  // of the view
    Value value;                       // that it would have: of state, weight or health
    std::optional<OwnerKind> owner{};  // whose wish it is; nothing: a return to the baseline
    bool again = false;                // it was in force in the process before
  };

  // `projects`: overrides that count are taken as done, though HAProxy may not have been told yet;
  // for asking before a round.
  Gate(const Book& book, const Limits& limits, const View& view, Time now, bool projects);

  // Nothing: it may leave; else what it would break, with the numbers and who is in the way.
  [[nodiscard]] std::optional<Refusal> check(const Ask& ask);
  // Asks only whether enough servers stay wished into service, of a server that is out already.
  [[nodiscard]] std::optional<Refusal> check_wanted(const Ask& ask);
  // Counts a step that passed, so that later ones see it.
  void pass(const Ask& ask);
  // Counts a wish that takes nothing more from a server that is out already.
  void unwant(const Ask& ask);
  // A wish that counted does not any more.
  void recount_wanted();
  // Counts a loosening step: later ones take what it may bring back, but do not rely on it.
  void loosen(const ServerKey& server, const Value& value);

  // Does not count the server, and those that track it: this round takes away what vouches for it.
  void unsee(const ServerKey& server);

  // Whether the step keeps a server from serving that was, by its own settings, to serve.
  [[nodiscard]] static bool puts_out(const stats::ServerState& server, const Ask& ask);

 private:
  using Names = std::unordered_set<std::string_view>;
  using Keys = std::unordered_set<ServerKey, ServerKeyHash>;
  // One backend, counted.
  struct Tally {
    std::size_t share = 0;     // servers that percentages count of
    Names primaries, backups;  // verified, and not put out by this round
    std::optional<Names> wanted;
  };
  // The servers of one backend that a step touches.
  struct Hit {
    std::string_view backend;
    std::vector<ServerKey> servers;
  };

  [[nodiscard]] static bool puts_followers_out(const stats::ServerState& server, const Ask& ask);
  [[nodiscard]] bool is_leaving(const stats::ServerState& row) const;
  [[nodiscard]] bool is_returning(const stats::ServerState& server) const;
  [[nodiscard]] std::vector<Hit> hits(const Ask& ask) const;
  [[nodiscard]] std::vector<Hit> touched(const Ask& ask, bool itself) const;
  [[nodiscard]] std::optional<Refusal> check_backend(const Ask& ask, const Hit& hit);
  [[nodiscard]] std::optional<Refusal> check_wanted(const Ask& ask, const Hit& hit);
  [[nodiscard]] bool takes(const Ask& ask, const Hit& hit) const;
  [[nodiscard]] bool is_backup(const ServerKey& server) const;
  [[nodiscard]] bool in_share(const stats::ServerState& server) const;
  [[nodiscard]] std::size_t carried_besides(const Hit& hit, const Tally& tally) const;
  [[nodiscard]] Tally& tally(std::string_view backend);
  [[nodiscard]] Names& wanted(std::string_view backend);
  [[nodiscard]] std::string in_the_way(const Hit& hit) const;
  [[nodiscard]] std::string why_out(const stats::ServerState& server) const;
  void forget(const ServerKey& server);
  void regain(const ServerKey& server, const ServerKey& source);

  const Book& book_;
  const Limits& limits_;
  const View& view_;
  const Time now_;
  const bool projects_;
  const Witness& witness_;
  std::unordered_map<std::string_view, Tally> tallies_;
  Keys out_;     // put out by steps that passed, or by wishes that are taken as done
  Keys unseen_;  // their checks are switched off by this round
  std::unordered_map<ServerKey, stats::ServerState, ServerKeyHash> loosened_;
  // Those that may serve after this round's loosening steps, and on which server those are.
  std::vector<std::pair<ServerKey, ServerKey>> regained_;
};

// The servers that percentages count of: in service by the configuration, with an address, no
// backups (unless they count), and members once they are present.
[[nodiscard]] std::size_t share_of(const Book& book, const Limits& limits, const View& view,
                                   std::string_view backend);
// How many must stay available.
[[nodiscard]] std::size_t floor_of(const BackendLimits& limits, std::size_t share);

}  // namespace steward::control
