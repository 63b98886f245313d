#include "steward/control/targets.hpp"

#include <algorithm>

#include "steward/base/address.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"

namespace steward::control {
namespace {

using Sights = std::map<std::string, Sight, std::less<>>;

std::vector<std::string> copies(const std::vector<std::string_view>& names) {
  return {names.begin(), names.end()};
}

Result<void> check_name(const std::optional<std::string>& name, std::string_view what) {
  if (!name || valid_haproxy_name(*name)) return {};
  return fail(ErrorCode::invalid,
              "'{}' is not the name of a {}; names have letters, digits and "
              "_ : . -",
              printable(*name, 80), what);
}

bool has_address(const stats::ServerState& server, const std::string& address) {
  if (server.address.empty()) return false;
  return address == server.address || address == host_port(server.address, server.port);
}

void add_by_address(const View& view, const std::string& address, Targets& into) {
  for (const std::string_view backend : view.backends()) {
    for (const stats::ServerState& server : view.backend(backend)) {
      // A name that could not be told to HAProxy safely is none of ours.
      const bool named = valid_haproxy_name(backend) && valid_haproxy_name(server.name);
      if (named && has_address(server, address)) {
        into.servers.push_back({view.instance(), std::string(backend), std::string(server.name)});
      }
    }
  }
}

void add_by_name(const std::string& instance, const Sight& sight, const TargetSpec& spec,
                 Targets& into) {
  const ServerRef ref{instance, *spec.backend, *spec.server};
  if (sight.view == nullptr) {
    into.unseen.push_back(ref);
  } else if (sight.view->find({ref.backend, ref.server}) != nullptr) {
    into.servers.push_back(ref);
  }
}

tl::unexpected<Error> unknown_server(const TargetSpec& spec, const Sights& sights) {
  std::vector<std::string> backends, servers;
  for (const auto& [name, sight] : sights) {
    if (sight.view == nullptr || (spec.instance && *spec.instance != name)) continue;
    for (const auto& backend : copies(sight.view->backends())) backends.push_back(backend);
    for (const auto& server : sight.view->backend(*spec.backend)) {
      servers.emplace_back(server.name);
    }
  }
  std::ranges::sort(backends);
  backends.erase(std::unique(backends.begin(), backends.end()), backends.end());
  if (servers.empty()) {
    return fail(ErrorCode::not_found, "there is no backend '{}' with servers; {}", *spec.backend,
                suggestion(*spec.backend, backends));
  }
  return fail(ErrorCode::not_found, "{} has no server '{}'; {}", *spec.backend, *spec.server,
              suggestion(*spec.server, servers));
}

Result<void> check_instance(const TargetSpec& spec, const Sights& sights) {
  if (!spec.instance || sights.contains(*spec.instance)) return {};
  std::vector<std::string> names;
  for (const auto& [name, sight] : sights) names.push_back(name);
  return fail(ErrorCode::not_found, "no instance is called '{}'; {}", printable(*spec.instance, 80),
              suggestion(*spec.instance, names));
}

Result<void> check_spec(const TargetSpec& spec, const Sights& sights) {
  if (auto known = check_instance(spec, sights); !known) return known;
  if (spec.address) return {};
  if (!spec.backend || !spec.server) {
    return fail(ErrorCode::invalid, "a target needs a backend and a server, or an address");
  }
  if (auto backend = check_name(spec.backend, "backend"); !backend) return backend;
  return check_name(spec.server, "server");
}

}  // namespace

Result<Targets> find_targets(const TargetSpec& spec, const World& world) {
  if (auto good = check_spec(spec, world.sights); !good) return tl::unexpected(good.error());
  Targets targets;
  for (const auto& [name, sight] : world.sights) {
    if (spec.instance && *spec.instance != name) continue;
    if (!spec.address) {
      add_by_name(name, sight, spec, targets);
    } else if (sight.view != nullptr) {
      add_by_address(*sight.view, *spec.address, targets);
    }
  }
  if (targets.servers.size() > limits::kTargets) {
    return fail(ErrorCode::limit, "{} servers have the address {}, at most {} may be meant at once",
                targets.servers.size(), printable(*spec.address, 80), limits::kTargets);
  }
  if (!targets.servers.empty() || !targets.unseen.empty()) return targets;
  if (!spec.address) return unknown_server(spec, world.sights);
  return fail(ErrorCode::not_found, "no server has the address {}", printable(*spec.address, 80));
}

}  // namespace steward::control
