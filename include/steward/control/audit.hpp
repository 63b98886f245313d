// One line of the audit log. The ledger adds its sequence number and the hash of the chain.
#pragma once

#include <chrono>
#include <string>

#include "steward/base/time.hpp"
#include "steward/control/event.hpp"

namespace steward::control {

// Empty fields are those that do not apply. All text may hold hostile bytes; who prints it
// escapes them.
struct AuditRecord {
  Time time{};
  std::string event;      // the word of an Event; any other was written by a newer steward
  std::string request;    // the id of the HTTP request that led to it; empty: the steward itself
  std::string principal;  // who asked; empty: the steward itself
  std::string source;     // the client's address
  std::string rule;
  std::string alert;   // its fingerprint
  Subject subject;     // stored: its id alone
  std::string target;  // "lb1:web/web1"
  std::string setting;
  std::string before;  // of the setting, as HAProxy had it
  std::string after;
  std::string verdict;                    // the guard's name and numbers, or why it ended
  std::string command;                    // exactly as HAProxy got it
  std::string answer;                     // exactly as HAProxy gave it
  std::chrono::microseconds duration{0};  // of the transaction with HAProxy

  bool operator==(const AuditRecord&) const = default;
};

}  // namespace steward::control
