#include "steward/ledger/rows.hpp"

#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <optional>
#include <string>

#include "steward/base/text.hpp"
#include "steward/ledger/documents.hpp"

namespace steward::ledger {
namespace {

using control::Value;

// Binds one value after the other.
class Writer {
 public:
  explicit Writer(SQLite::Statement& statement) : statement_(statement) {}

  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }

 private:
  // The row lives until the statement has run.
  void put(const std::string& text) { statement_.bindNoCopy(++at_, text); }
  void put(std::string_view text) { statement_.bind(++at_, std::string(text)); }
  void put(std::int64_t number) { statement_.bind(++at_, number); }
  void put(const std::optional<std::uint16_t>& level) {
    if (level) return put(std::int64_t{*level});
    statement_.bind(++at_);
  }
  void put(Time time) { put(time.time_since_epoch().count()); }
  void put(const std::optional<Time>& time) {
    if (time) return put(*time);
    statement_.bind(++at_);
  }

  SQLite::Statement& statement_;
  int at_ = 0;
};

// Reads one value after the other.
class Reader {
 public:
  explicit Reader(const SQLite::Statement& row) : row_(row) {}

  [[nodiscard]] std::string text() { return row_.getColumn(at_++).getString(); }
  [[nodiscard]] std::int64_t number() { return row_.getColumn(at_++).getInt64(); }
  [[nodiscard]] bool flag() { return number() != 0; }
  [[nodiscard]] Time time() { return Time(std::chrono::milliseconds(number())); }
  [[nodiscard]] std::optional<Time> maybe_time() {
    if (!row_.getColumn(at_).isNull()) return time();
    ++at_;
    return std::nullopt;
  }
  [[nodiscard]] std::uint16_t level(control::Setting setting) {
    const std::int64_t level = number();
    if (level < 0 || level > control::highest_level(setting)) {
      throw SQLite::Exception("a value that its setting does not have", SQLITE_CORRUPT);
    }
    return static_cast<std::uint16_t>(level);
  }
  [[nodiscard]] std::optional<std::uint16_t> maybe_level(control::Setting setting) {
    if (!row_.getColumn(at_).isNull()) return level(setting);
    ++at_;
    return std::nullopt;
  }
  // "2 0 1"
  [[nodiscard]] std::vector<std::uint16_t> levels(control::Setting setting) {
    std::vector<std::uint16_t> all;
    const std::string words = text();
    for (const std::string_view word :
         words.empty() ? std::vector<std::string_view>() : split(words, ' ')) {
      all.push_back(level_of(word, setting));
    }
    return all;
  }
  // "2>0 1>0"
  [[nodiscard]] std::vector<control::Stood> stood(control::Setting setting) {
    std::vector<control::Stood> all;
    const std::string words = text();
    for (const std::string_view word :
         words.empty() ? std::vector<std::string_view>() : split(words, ' ')) {
      const auto pair = split(word, '>');
      if (pair.size() != 2) throw SQLite::Exception("not a pair of levels", SQLITE_CORRUPT);
      all.push_back({level_of(pair[0], setting), level_of(pair[1], setting)});
    }
    return all;
  }
  [[nodiscard]] control::Confirmed confirmed() {
    const std::int64_t confirmed = number();
    if (confirmed < 0 || confirmed > static_cast<std::int64_t>(control::Confirmed::for_now)) {
      throw SQLite::Exception("neither confirmed nor not", SQLITE_CORRUPT);
    }
    return static_cast<control::Confirmed>(confirmed);
  }
  template <class Parse>
  [[nodiscard]] auto word(const Parse& parse) {
    const auto parsed = parse(text());
    if (!parsed) throw SQLite::Exception(parsed.error().message, SQLITE_CORRUPT);
    return *parsed;
  }

 private:
  static std::uint16_t level_of(std::string_view word, control::Setting setting) {
    const auto level = parse_number<std::uint16_t>(word);
    if (!level || *level > control::highest_level(setting)) {
      throw SQLite::Exception("a value that its setting does not have", SQLITE_CORRUPT);
    }
    return *level;
  }

  const SQLite::Statement& row_;
  int at_ = 0;
};

std::string text_of(const std::vector<std::uint16_t>& levels) {
  return fmt::format("{}", fmt::join(levels, " "));
}

std::string text_of(const std::vector<control::Stood>& pairs) {
  std::string text;
  for (const control::Stood& each : pairs) {
    text += fmt::format("{}{}>{}", text.empty() ? "" : " ", each.value, each.base);
  }
  return text;
}

// What the id is of is not stored: the setting tells.
control::Subject::Kind kind_of(const control::AuditRecord& record) {
  using Kind = control::Subject::Kind;
  if (record.subject.id.empty()) return Kind::none;
  if (record.setting == "rollout") return Kind::rollout;
  return record.setting == "server" ? Kind::membership : Kind::override;
}

}  // namespace

void bind(SQLite::Statement& statement, const control::Override& o) {
  Writer write(statement);
  write(o.id, o.target.instance, o.target.backend, o.target.server, to_string(o.value.setting),
        std::int64_t{o.value.level}, std::int64_t{o.value.percent});
  write(std::int64_t{!o.origin.from_alert()}, o.origin.principal, o.origin.rule,
        o.origin.fingerprint, o.origin.group_key, o.origin.receiver, o.origin.starts_at);
  write(o.reason, std::int64_t{o.forced}, std::int64_t{o.return_safely}, o.created, o.expires,
        o.hold_until, o.admitted);
  write(to_string(o.phase), to_string(o.guard), o.detail, to_string(o.end), o.ended_by, o.ended,
        std::int64_t{o.attempts}, o.next_attempt);
  const std::string ramp = o.ramp ? document_of(*o.ramp) : std::string();
  write(std::string_view(ramp));  // copied
  write(to_string(o.origin.kind), o.origin.part_of, o.origin.heard, o.in_force, o.address,
        std::int64_t{o.again}, std::int64_t{o.suspension.now}, std::int64_t{o.suspension.times},
        o.suspension.calm_since);
}

control::Override read_override(const SQLite::Statement& row) {
  Reader read(row);
  control::Override o;
  o.id = read.text();
  o.target.instance = read.text();
  o.target.backend = read.text();
  o.target.server = read.text();
  o.value.setting = read.word(control::parse_setting);
  o.value.level = read.level(o.value.setting);
  o.value.percent = read.flag();
  (void)read.flag();  // "manual", which the owner tells better
  o.origin.principal = read.text();
  o.origin.rule = read.text();
  o.origin.fingerprint = read.text();
  o.origin.group_key = read.text();
  o.origin.receiver = read.text();
  o.origin.starts_at = read.time();
  o.reason = read.text();
  o.forced = read.flag();
  o.return_safely = read.flag();
  o.created = read.time();
  o.expires = read.maybe_time();
  o.hold_until = read.time();
  o.admitted = read.maybe_time();
  o.phase = read.word(control::parse_phase);
  o.guard = read.word(control::parse_guard);
  o.detail = read.text();
  o.end = read.word(control::parse_end);
  o.ended_by = read.text();
  o.ended = read.maybe_time();
  o.attempts = static_cast<std::uint32_t>(read.number());
  o.next_attempt = read.maybe_time();
  if (const std::string ramp = read.text(); !ramp.empty()) read_document(ramp, o.ramp.emplace());
  o.origin.kind = read.word(control::parse_owner_kind);
  o.origin.part_of = read.text();
  o.origin.heard = read.maybe_time();
  o.in_force = read.maybe_time();
  o.address = read.text();
  o.again = read.flag();
  o.suspension.now = read.flag();
  o.suspension.times = static_cast<std::uint32_t>(read.number());
  o.suspension.calm_since = read.maybe_time();
  return o;
}

void bind(SQLite::Statement& statement, const control::Hold& hold) {
  Writer write(statement);
  write(hold.target.instance, hold.target.backend, hold.target.server, to_string(hold.setting),
        std::int64_t{hold.baseline.level}, std::int64_t{hold.ours.level});
  write(static_cast<std::int64_t>(hold.confirmed), std::int64_t{hold.returning}, hold.since,
        hold.epoch);
  write(to_string(hold.by), std::int64_t{hold.before.level}, std::string_view(text_of(hold.stood)),
        std::string_view(text_of(hold.doubtful)), std::int64_t{hold.unclear}, hold.tombstone,
        std::int64_t{hold.attempts}, hold.next_attempt, std::int64_t{hold.stuck}, hold.configured,
        std::int64_t{hold.gone});
}

control::Hold read_hold(const SQLite::Statement& row) {
  Reader read(row);
  control::Hold hold;
  hold.target.instance = read.text();
  hold.target.backend = read.text();
  hold.target.server = read.text();
  hold.setting = read.word(control::parse_setting);
  hold.baseline = Value{hold.setting, read.level(hold.setting)};
  hold.ours = Value{hold.setting, read.level(hold.setting)};
  hold.confirmed = read.confirmed();
  hold.returning = read.flag();
  hold.since = read.time();
  hold.epoch = read.text();
  hold.by = read.word(control::parse_provenance);
  hold.before = Value{hold.setting, read.level(hold.setting)};
  hold.stood = read.stood(hold.setting);
  hold.doubtful = read.levels(hold.setting);
  hold.unclear = read.flag();
  hold.tombstone = read.maybe_time();
  hold.attempts = static_cast<std::uint32_t>(read.number());
  hold.next_attempt = read.maybe_time();
  hold.stuck = read.flag();
  hold.configured = read.maybe_level(hold.setting);
  hold.gone = read.flag();
  return hold;
}

void bind(SQLite::Statement& statement, const AuditLine& line) {
  const control::AuditRecord& r = line.record;
  Writer write(statement);
  write(static_cast<std::int64_t>(line.sequence), line.previous, line.hash, r.time);
  write(r.event, r.request, r.principal, r.source, r.rule, r.alert, r.subject.id, r.target,
        r.setting, r.before, r.after, r.verdict, r.command, r.answer,
        std::int64_t{r.duration.count()});
}

AuditLine read_audit(const SQLite::Statement& row) {
  Reader read(row);
  AuditLine line;
  line.sequence = static_cast<std::uint64_t>(read.number());
  line.previous = read.text();
  line.hash = read.text();
  line.record.time = read.time();
  control::AuditRecord& r = line.record;
  for (std::string* field :
       {&r.event, &r.request, &r.principal, &r.source, &r.rule, &r.alert, &r.subject.id, &r.target,
        &r.setting, &r.before, &r.after, &r.verdict, &r.command, &r.answer}) {
    *field = read.text();
  }
  r.duration = std::chrono::microseconds(read.number());
  r.subject.kind = kind_of(r);
  return line;
}

std::string placeholders(std::string_view columns) {
  std::string text = "(?";
  for (auto left = std::ranges::count(columns, ','); left > 0; --left) text += ", ?";
  return text + ")";
}

}  // namespace steward::ledger
