#include "steward/control/membership_requests.hpp"

#include <algorithm>
#include <utility>

#include "steward/base/address.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/records.hpp"
#include "steward/control/taking_out.hpp"
#include "steward/control/targets.hpp"

namespace steward::control {
namespace {

using Asked = tl::expected<Memberships, Refusal>;

std::optional<Refusal> why_denied(const Caller& caller, Action action, const std::string& backend) {
  auto why = why_forbidden(caller.principal, action, backend);
  return why ? std::optional(Refusal{Guard::forbidden, *std::move(why)}) : std::nullopt;
}

bool has_backend(const View& view, const std::string& backend) {
  return !view.backend(backend).empty() || !view.topology().algorithm(backend).empty();
}

// Balancing that cannot take another server without a reload.
bool balances_statically(std::string_view algorithm) { return algorithm == "static-rr"; }

Membership membership_of(const ServerRef& target, Wish wish, const World& world,
                         const Caller& caller, const std::string& reason,
                         std::chrono::milliseconds timeout) {
  Membership made;
  made.id = world.new_id();
  made.target = target;
  made.wish = wish;
  made.stage = wish == Wish::present ? Stage::adding : Stage::draining;
  made.principal = caller.principal.name;
  made.reason = reason;
  made.created = made.since = world.now;
  made.patience = timeout;
  made.deadline = world.now + timeout;
  return made;
}

class Adding {
 public:
  Adding(Draft& draft, const World& world, const AddRequest& request, const Caller& caller)
      : draft_(draft), world_(world), request_(request), caller_(caller) {}

  Asked run() {
    if (auto why = why_denied(caller_, Action::add, request_.backend)) return tl::unexpected(*why);
    for (const auto* name : {&request_.backend, &request_.server}) {
      if (!valid_haproxy_name(*name)) {
        return refuse(Guard::invalid_value,
                      fmt::format("'{}' cannot be a name: it may hold A-Z a-z 0-9 _ : . -",
                                  printable(*name, 80)));
      }
    }
    auto address = parse_server_address(request_.address);
    if (!address) return refuse(Guard::invalid_value, address.error().message);
    address_ = *std::move(address);
    for (const auto& [name, sight] : world_.sights) {
      if (request_.instance && *request_.instance != name) continue;
      if (auto refusal = consider(name, sight)) return tl::unexpected(*refusal);
    }
    if (!made_.empty()) return std::move(made_);
    if (!holders_.empty()) {
      return refuse(Guard::exists, fmt::format("{} is there already", to_string(holders_.front())));
    }
    return refuse(Guard::unknown_server, unknown_backend());
  }

 private:
  std::optional<Refusal> consider(const std::string& instance, const Sight& sight) {
    const ServerRef target{instance, request_.backend, request_.server};
    if (sight.view == nullptr || !sight.trouble.empty()) {
      return Refusal{Guard::unreachable,
                     fmt::format("{} cannot be read: {}", instance, sight.trouble)};
    }
    if (!has_backend(*sight.view, request_.backend)) return std::nullopt;
    if (auto busy = why_busy(draft_.book(), target, request_.rollout)) return busy;
    if (sight.view->find({target.backend, target.server}) != nullptr) {
      holders_.push_back(target);
      return std::nullopt;
    }
    return add(target, *sight.view);
  }

  std::optional<Refusal> add(const ServerRef& target, const View& view) {
    const auto algorithm = view.topology().algorithm(target.backend);
    if (balances_statically(algorithm)) {
      return Refusal{Guard::invalid_value,
                     fmt::format("{} balances by {}; HAProxy adds servers only to backends with "
                                 "dynamic balancing, as roundrobin or leastconn",
                                 target.backend, algorithm)};
    }
    const auto rows = view.backend(target.backend);
    const stats::ServerState* sibling = rows.empty() ? nullptr : &rows.front();
    if (!request_.like.empty()) sibling = view.find({target.backend, request_.like});
    if (!request_.like.empty() && sibling == nullptr) {
      return Refusal{Guard::unknown_server,
                     fmt::format("{} has no server '{}' to be like", target.backend,
                                 printable(request_.like, 80))};
    }
    const ServerFacts facts =
        sibling == nullptr ? ServerFacts{} : view.topology().of({target.backend, sibling->name});
    auto options = server_options(request_.options, sibling, facts);
    if (!options) return Refusal{Guard::invalid_value, options.error().message};
    Membership made =
        membership_of(target, Wish::present, world_, caller_, request_.reason, request_.timeout);
    made.address = address_;
    made.rollout = request_.rollout;
    made.options = *std::move(options);
    made_.push_back(made);
    Lifecycle(draft_, world_, &caller_).begin(std::move(made));
    return std::nullopt;
  }

  [[nodiscard]] std::string unknown_backend() const {
    std::vector<std::string> known;
    for (const auto& [name, sight] : world_.sights) {
      if (sight.view == nullptr) continue;
      for (const auto backend : sight.view->backends()) known.emplace_back(backend);
    }
    return fmt::format("there is no backend '{}'; {}", request_.backend,
                       suggestion(request_.backend, known));
  }

  Draft& draft_;
  const World& world_;
  const AddRequest& request_;
  const Caller& caller_;
  std::string address_;
  Memberships made_;
  std::vector<ServerRef> holders_;  // of a server of that name
};

// Where the server is; empty: where DNS says.
std::string fixed_address(const World& world, const ServerRef& target) {
  const View* view = sight_of(world, target.instance).view;
  const auto* row = view == nullptr ? nullptr : view->find({target.backend, target.server});
  if (row == nullptr || row->address.empty()) return {};
  const bool of_dns = !row->fqdn.empty() || !row->srv_record.empty();
  return of_dns ? std::string() : host_port(row->address, row->port);
}

tl::expected<Membership, Refusal> remove_one(Draft& draft, const World& world,
                                             const RemoveRequest& request, const Caller& caller,
                                             const ServerRef& target) {
  if (auto busy = why_busy(draft.book(), target, request.rollout))
    return tl::unexpected(*std::move(busy));
  Membership made =
      membership_of(target, Wish::absent, world, caller, request.reason, request.timeout);
  auto out = take_out(draft, world,
                      {target, caller.principal.name, request.reason, OwnerKind::membership,
                       made.id, request.force},
                      &caller);
  if (!out) return tl::unexpected(out.error());
  const Membership* added = draft.book().membership_of(target);
  made.configured = added == nullptr || added->wish != Wish::present;
  made.address = fixed_address(world, target);
  made.cut = request.cut;
  made.rollout = request.rollout;
  made.forced = request.force;
  made.override_id = *std::move(out);
  Lifecycle(draft, world, &caller).begin(made);
  return made;
}

// A live rollout of others with the server in it.
const Rollout* rollout_of(const Book& book, const ServerRef& target, const std::string& except) {
  for (const auto& [id, each] : book.rollouts()) {
    const bool there = live(each.phase) && id != except && each.backend == target.backend &&
                       std::ranges::find(each.instances, target.instance) != each.instances.end();
    const auto has = [&](const RolloutStep& step) {
      return step.out == target.server || step.in == target.server;
    };
    if (there && std::ranges::any_of(each.steps, has)) return &each;
  }
  return nullptr;
}

}  // namespace

std::optional<Refusal> why_busy(const Book& book, const ServerRef& target,
                                const std::string& rollout) {
  const Membership* found = book.membership_of(target);
  if (found != nullptr && !stands(found->stage)) {
    return Refusal{Guard::exists,
                   fmt::format("{} is {} already, see membership {}", to_string(target),
                               to_string(found->stage), found->id)};
  }
  if (const Rollout* other = rollout_of(book, target, rollout)) {
    return Refusal{Guard::exists,
                   fmt::format("{} is part of rollout {}, which is {}: abort it first",
                               to_string(target), other->id, to_string(other->phase))};
  }
  return std::nullopt;
}

tl::expected<Memberships, Refusal> add_server(Draft& draft, const World& world,
                                              const AddRequest& request, const Caller& caller) {
  return Adding(draft, world, request, caller).run();
}

tl::expected<Memberships, Refusal> remove_server(Draft& draft, const World& world,
                                                 const RemoveRequest& request,
                                                 const Caller& caller) {
  if (auto why = why_denied(caller, Action::remove, request.backend)) return tl::unexpected(*why);
  const auto targets =
      find_targets({request.instance, request.backend, request.server, std::nullopt}, world);
  if (!targets) {
    const bool unknown = targets.error().code == ErrorCode::not_found;
    return refuse(unknown ? Guard::unknown_server : Guard::invalid_value, targets.error().message);
  }
  if (!targets->unseen.empty()) {
    return refuse(Guard::unreachable,
                  fmt::format("{} has not answered yet", targets->unseen.front().instance));
  }
  Memberships all;
  for (const ServerRef& target : targets->servers) {
    auto made = remove_one(draft, world, request, caller, target);
    if (!made) return tl::unexpected(made.error());
    all.push_back(*std::move(made));
  }
  return all;
}

tl::expected<Membership, Refusal> end_membership(Draft& draft, const World& world,
                                                 const Membership& membership,
                                                 const Caller& caller) {
  const Action action = membership.wish == Wish::present ? Action::add : Action::remove;
  if (auto why = why_denied(caller, action, membership.target.backend)) return tl::unexpected(*why);
  Membership changed = membership;
  const std::string why = caller.principal.name + " ended it";
  const bool half_added = membership.stage == Stage::adding || membership.stage == Stage::joining;
  if (membership.wish == Wish::absent && !stands(membership.stage)) {
    bring_back(draft, world, membership.override_id, why);
  }
  if (membership.stage == Stage::undoing) return membership;
  Lifecycle(draft, world, &caller).enter(changed, half_added ? Stage::undoing : Stage::ended, why);
  return changed;
}

}  // namespace steward::control
