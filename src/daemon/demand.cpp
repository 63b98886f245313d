#include "steward/daemon/demand.hpp"

#include <algorithm>
#include <string_view>

namespace steward::daemon {
namespace {

using exposition::Scope;
using exposition::Selection;

// Whether a metrics= list can want any family whose name begins so.
bool may_want(const Selection& selection, std::string_view prefix) {
  return selection.only.empty() ||
         std::any_of(selection.only.begin(), selection.only.end(),
                     [&](const std::string& name) { return name.starts_with(prefix); });
}

bool wants(const Selection& selection, Scope scope, std::string_view prefix) {
  return selection.wants(scope) && may_want(selection, prefix);
}

bool wants_aggregates(const Selection& selection) {
  return selection.wants(Scope::backend) &&
         (selection.wants_family("haproxy_backend_agg_server_status") ||
          selection.wants_family("haproxy_backend_agg_server_check_status") ||
          selection.wants_family("haproxy_backend_agg_check_status"));
}

bool wants_states(const Selection& selection) {
  return selection.wants(Scope::server) &&
         (selection.wants_family("haproxy_server_info") ||
          selection.wants_family("haproxy_server_admin_state") ||
          selection.wants_family("haproxy_server_initial_weight"));
}

}  // namespace

Demand demand_of(const Selection& selection) {
  Demand demand;
  const auto add = [&](bool wanted, std::uint8_t type) {
    if (wanted) demand.stat_types |= type;
  };
  add(wants(selection, Scope::frontend, "haproxy_frontend_"), kFrontendType);
  add(wants(selection, Scope::backend, "haproxy_backend_"), kBackendType);
  add(wants(selection, Scope::server, "haproxy_server_") || wants_aggregates(selection),
      kServerType);
  add(wants(selection, Scope::listener, "haproxy_listener_"), kListenerType);
  demand.servers_state = wants_states(selection);
  demand.tables = wants(selection, Scope::sticktable, "haproxy_sticktable_");
  demand.resolvers = wants(selection, Scope::resolver, "haproxy_resolver_");
  demand.certificates = wants(selection, Scope::certificate, "haproxy_certificate_");
  demand.old_workers = wants(selection, Scope::worker, "haproxy_old_worker");
  return demand;
}

}  // namespace steward::daemon
