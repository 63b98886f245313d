#include "steward/ledger/documents.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <concepts>
#include <nlohmann/json.hpp>
#include <utility>

namespace steward::ledger {
namespace {

using control::Membership;
using control::Rollout;
using control::RolloutStep;
using control::RolloutTerms;
using nlohmann::json;

// A value and a document that are made equal: one list of fields serves both directions.
class ToDocument {
 public:
  template <class T>
  void operator()(const char* name, const T& field) {
    json_[name] = value_of(field);
  }
  template <class E, class Parse>
  void word(const char* name, const E& field, const Parse&) {
    json_[name] = to_string(field);
  }
  template <class T>
  void list(const char* name, const std::vector<T>& items) {
    json& all = json_[name] = json::array();
    for (const T& each : items) all.push_back(write(each));
  }
  template <class T>
  void object(const char* name, const T& field) {
    json_[name] = write(field);
  }

  template <class T>
  static json write(T value) {
    ToDocument document;
    fields(document, value);
    return std::move(document.json_);
  }

 private:
  template <class T>
  static json value_of(const T& value) {
    return value;
  }
  static json value_of(const Time& time) { return time.time_since_epoch().count(); }
  static json value_of(const std::chrono::milliseconds& duration) { return duration.count(); }
  template <class T>
  static json value_of(const std::optional<T>& value) {
    return value ? value_of(*value) : json(nullptr);
  }

  json json_;
};

class FromDocument {
 public:
  explicit FromDocument(const json& document) : json_(document) {}

  template <class T>
  void operator()(const char* name, T& field) {
    if (const json* found = find(name)) take(*found, field);
  }
  template <class E, class Parse>
  void word(const char* name, E& field, const Parse& parse) {
    const json* found = find(name);
    if (found == nullptr) return;
    const auto parsed = parse(found->get<std::string>());
    if (!parsed) throw SQLite::Exception(parsed.error().message, SQLITE_CORRUPT);
    field = *parsed;
  }
  template <class T>
  void list(const char* name, std::vector<T>& items) {
    const json* found = find(name);
    if (found == nullptr) return;
    for (const json& each : *found) read(each, items.emplace_back());
  }
  template <class T>
  void object(const char* name, T& field) {
    if (const json* found = find(name)) read(*found, field);
  }

  template <class T>
  static void read(const json& from, T& into) {
    FromDocument document(from);
    fields(document, into);
  }

 private:
  [[nodiscard]] const json* find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  template <class T>
  static void take(const json& from, T& field) {
    if constexpr (std::integral<T> && !std::same_as<T, bool>) {
      field = whole<T>(from);
    } else {
      field = from.get<T>();
    }
  }
  // The library would cut what does not fit.
  template <class T>
  static T whole(const json& from) {
    const bool fits = from.is_number_unsigned()
                          ? std::in_range<T>(from.get<std::uint64_t>())
                          : from.is_number_integer() && std::in_range<T>(from.get<std::int64_t>());
    if (!fits) throw SQLite::Exception("a number that is none of ours", SQLITE_CORRUPT);
    return static_cast<T>(from.get<std::int64_t>());
  }
  static void take(const json& from, Time& time) {
    time = Time(std::chrono::milliseconds(whole<std::int64_t>(from)));
  }
  static void take(const json& from, std::chrono::milliseconds& duration) {
    duration = std::chrono::milliseconds(whole<std::int64_t>(from));
  }
  template <class T>
  static void take(const json& from, std::optional<T>& value) {
    take(from, value.emplace());
  }

  const json& json_;
};

template <class Document>
void fields(Document& d, Membership& m) {
  d("id", m.id);
  d("instance", m.target.instance);
  d("backend", m.target.backend);
  d("server", m.target.server);
  d.word("wish", m.wish, control::parse_wish);
  d.word("stage", m.stage, control::parse_stage);
  d("address", m.address);
  d("options", m.options);
  d("cut", m.cut);
  d("configured", m.configured);
  d("principal", m.principal);
  d("reason", m.reason);
  d("rollout", m.rollout);
  d("override", m.override_id);
  d("forced", m.forced);
  d("created", m.created);
  d("since", m.since);
  d("patience", m.patience);
  d("deadline", m.deadline);
  d("ended", m.ended);
  d("detail", m.detail);
  d("sessions", m.sessions);
  d("epoch", m.epoch);
  d("served", m.served);
  d("let_in", m.let_in);
  d("attempts", m.attempts);
  d("next_attempt", m.next_attempt);
}

template <class Document>
void fields(Document& d, control::Answered& answered) {
  d("all", answered.all);
  d("errors", answered.errors);
}

template <class Document>
void fields(Document& d, control::Ramp& ramp) {
  d("from", ramp.from);
  d("to", ramp.to);
  d("begins", ramp.begins);
  d("over", ramp.over);
  d("returning", ramp.returning);
}

template <class Document>
void fields(Document& d, RolloutStep& s) {
  d("out", s.out);
  d("in", s.in);
  d("address", s.address);
  d.word("stage", s.stage, control::parse_step_stage);
  d("since", s.since);
  d("cut_at", s.cut_at);
  d("approved", s.approved);
  d("idle", s.idle);
  d("stays_out", s.stays_out);
  d("overrides", s.overrides);
  d("memberships", s.memberships);
  d.list("before_soak", s.before_soak);
  d.word("held", s.held, control::parse_guard);
  d("detail", s.detail);
  d("sessions", s.sessions);
}

template <class Document>
void fields(Document& d, RolloutTerms& t) {
  d("max_parallel", t.max_parallel);
  d("drain_timeout", t.drain_timeout);
  d("cut", t.cut);
  d("approval", t.approval);
  d("approval_timeout", t.approval_timeout);
  d("health_timeout", t.health_timeout);
  d("soak", t.soak);
  d("max_5xx", t.max_5xx);
  d("rollback", t.rollback);
  d("options", t.options);
}

template <class Document>
void fields(Document& d, Rollout& r) {
  d("id", r.id);
  d("backend", r.backend);
  d("instances", r.instances);
  d.object("terms", r.terms);
  d.list("steps", r.steps);
  d.word("phase", r.phase, control::parse_rollout_phase);
  d("principal", r.principal);
  d("reason", r.reason);
  d("created", r.created);
  d("ended", r.ended);
  d("detail", r.detail);
}

// The first edition kept in a sentence what it waited for.
void upgrade(Membership& membership) {
  if (membership.detail == "waiting for a check to pass") membership.let_in = true;
}

void upgrade(RolloutStep& step) {
  constexpr std::string_view kHeld = "waits for a guard: ";
  if (step.held != control::Guard::none || !step.detail.starts_with(kHeld)) return;
  const std::string_view rest = std::string_view(step.detail).substr(kHeld.size());
  const auto guard = control::parse_guard(rest.substr(0, rest.find(':')));
  if (guard) step.held = *guard;
}

// Names and messages may be any bytes.
template <class T>
std::string written(const T& value) {
  return ToDocument::write(value).dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T>
void read(const std::string& document, T& into) {
  try {
    FromDocument::read(json::parse(document), into);
  } catch (const json::exception& e) {
    throw SQLite::Exception(e.what(), SQLITE_CORRUPT);
  }
}

}  // namespace

std::string document_of(const control::Ramp& ramp) { return written(ramp); }
void read_document(const std::string& document, control::Ramp& into) { read(document, into); }
std::string document_of(const Membership& membership) { return written(membership); }
std::string document_of(const Rollout& rollout) { return written(rollout); }
void read_document(const std::string& document, Membership& into) {
  read(document, into);
  upgrade(into);
}
void read_document(const std::string& document, Rollout& into) {
  read(document, into);
  for (RolloutStep& step : into.steps) upgrade(step);
}

}  // namespace steward::ledger
