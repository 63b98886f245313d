// add and remove: a server's membership in a backend.
#pragma once

#include <string>

#include "steward/cli/progress.hpp"
#include "steward/cli/session.hpp"
#include "steward/cli/verb_requests.hpp"

namespace steward::cli {

// Done when the server is in service, and when it is gone. The error is 1, 3, 4 or 130 and says
// how things stand.
[[nodiscard]] Done<void> add(const Session& session, const MembershipRequest& request);
[[nodiscard]] Done<void> remove(const Session& session, const MembershipRequest& request);

// --- pure ---

// Whether nothing more will happen to it.
[[nodiscard]] bool is_over(const Json& membership);
// Somebody still wants it: it is on its way there, or stands.
[[nodiscard]] bool is_wished(const Json& membership);

// done once it is as wished; 4 when its deadline passed first, 1 for the other ends.
[[nodiscard]] int code_of_membership(const Json& membership);

// "lb1:web/web9: draining, 3 sessions left".
[[nodiscard]] std::string membership_line(const Json& membership);

// 0 to 1; `most` is the most sessions seen of it.
[[nodiscard]] double part_of(const Json& membership, std::int64_t most);

}  // namespace steward::cli
