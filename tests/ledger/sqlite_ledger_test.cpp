#include "steward/ledger/sqlite_ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::ledger;
using namespace std::chrono_literals;
using control::Override;
using control::Phase;
using test::TempFolder;

namespace {

const Time kNow{1'800'000'000'000ms};

std::unique_ptr<Ledger> open(const TempFolder& folder) {
  auto ledger = open_sqlite_ledger(folder.path("storage"));
  if (!ledger) throw std::runtime_error(ledger.error().message);
  return *std::move(ledger);
}

Override an_override(std::string id, Phase phase = Phase::active) {
  Override o;
  o.id = std::move(id);
  o.target = {"lb1", "web", "web1"};
  o.value = {control::Setting::weight, 25, true};
  o.origin = {control::OwnerKind::alert,
              "am",
              "rule",
              "f00d",
              "{}:{a=\"b\"}",
              "hook",
              kNow - 5s,
              "rollout",
              kNow};
  o.in_force = kNow + 2s;
  o.address = "10.0.0.1";
  o.again = true;
  o.suspension = {true, 3, kNow};
  o.reason = std::string("a\0b\xff\n\"';DROP", 12);
  o.forced = true;
  o.return_safely = false;
  o.created = kNow;
  o.expires = kNow + 2h;
  o.hold_until = kNow + 1min;
  o.admitted = kNow + 1s;
  o.phase = phase;
  o.guard = control::Guard::rate;
  o.detail = "detail";
  o.end = control::End::expired;
  o.ended_by = "alice";
  if (!control::live(phase)) o.ended = kNow + 3s;
  o.attempts = 3;
  o.next_attempt = kNow + 4s;
  return o;
}

control::Hold a_hold() {
  control::Hold hold;
  hold.target = {"lb1", "web", "web1"};
  hold.confirmed = control::Confirmed::yes;
  hold.since = kNow;
  hold.epoch = "e";
  return hold;
}

control::AuditRecord line(std::string event) {
  control::AuditRecord r;
  r.time = kNow;
  r.event = std::move(event);
  r.principal = "alice";
  r.target = "lb1:web/web1";
  r.answer = std::string("\0\xff;", 3);
  r.duration = 7us;
  return r;
}

void edit(const TempFolder& folder, const std::string& sql) {
  SQLite::Database database(folder.path("storage/ledger.db"), SQLite::OPEN_READWRITE);
  database.exec("DROP TRIGGER IF EXISTS audit_is_not_changed");
  database.exec("DROP TRIGGER IF EXISTS audit_is_only_trimmed");
  database.exec(sql);
}

}  // namespace

TEST_CASE("what was committed is there after the next start, byte for byte") {
  const TempFolder folder;
  const Override live = an_override("01A");
  Override pending = an_override("01B", Phase::pending);
  pending.expires.reset();
  pending.admitted.reset();
  pending.next_attempt.reset();
  control::Hold hold;
  hold.target = live.target;
  hold.setting = control::Setting::weight;
  hold.baseline = {control::Setting::weight, 100};
  hold.by = control::Provenance::person;
  hold.ours = {control::Setting::weight, 25};
  hold.before = {control::Setting::weight, 100};
  hold.confirmed = control::Confirmed::yes;
  hold.returning = true;
  hold.since = kNow;
  hold.epoch = "12@34";
  hold.stood = {{100, 100}, {25, 100}};
  hold.doubtful = {25};
  hold.unclear = true;
  hold.tombstone = kNow + 1s;
  hold.attempts = 3;
  hold.next_attempt = kNow + 2s;
  hold.stuck = true;
  hold.configured = 100;
  const Automation paused{true, "alice", "night", kNow};
  REQUIRE(open(folder)->commit({{live, pending}, {hold}, {}, paused, {line("created")}}));

  const auto contents = open(folder)->load(kNow);
  REQUIRE(contents);
  CHECK(contents->overrides == std::vector{live, pending});
  CHECK(contents->holds == std::vector{hold});
  CHECK(contents->automation == paused);
  const auto audit = open(folder)->audit({});
  REQUIRE(audit);
  REQUIRE(audit->size() == 1);
  CHECK(audit->front().record == line("created"));
  CHECK(audit->front().sequence == 1);
}

TEST_CASE("a value that its setting does not have is an error, not a guess") {
  const control::Hold hold = a_hold();
  for (const char* broken : {"UPDATE overrides SET level = 300", "UPDATE holds SET ours = 3",
                             "UPDATE holds SET baseline = -1"}) {
    const TempFolder folder;
    REQUIRE(open(folder)->commit({{an_override("01A")}, {hold}, {}, {}, {}}));
    edit(folder, broken);
    CHECK(!open(folder)->load(kNow));
  }
}

TEST_CASE("a person's override that ended is not loaded, but found") {
  const TempFolder folder;
  const auto ledger = open(folder);
  Override manual = an_override("01A", Phase::released);
  manual.origin.kind = control::OwnerKind::person;
  REQUIRE(ledger->commit({{manual}, {}, {}, {}, {}}));
  CHECK(ledger->load(Time{})->overrides.empty());
  CHECK(ledger->find("01A")->has_value());
}

TEST_CASE("a hold that ended and an override that ended long ago are not loaded") {
  const TempFolder folder;
  const auto ledger = open(folder);
  const control::Hold hold = a_hold();
  REQUIRE(ledger->commit({{an_override("01A", Phase::released)}, {hold}, {}, {}, {}}));
  REQUIRE(ledger->commit({{}, {}, {hold}, {}, {}}));
  CHECK(ledger->load(kNow + 4s)->overrides.empty());
  CHECK(ledger->load(kNow)->overrides.size() == 1);
  CHECK(ledger->load(kNow)->holds.empty());
  CHECK(ledger->find("01A")->has_value());
  CHECK(!ledger->find("01Z")->has_value());
}

TEST_CASE("an override that ended is kept while its alert is heard of") {
  const TempFolder folder;
  const auto ledger = open(folder);
  Override ended = an_override("01A", Phase::yielded);
  ended.origin.heard = kNow + 1h;
  REQUIRE(ledger->commit({{ended}, {}, {}, {}, {}}));
  CHECK(ledger->trim(kNow + 1h, 0));
  CHECK(ledger->load(kNow + 1h)->overrides.size() == 1);
  CHECK(ledger->load(kNow + 2h)->overrides.empty());
}

TEST_CASE("queries find what is asked for, newest first, a page at a time") {
  const TempFolder folder;
  const auto ledger = open(folder);
  for (const char* id : {"01A", "01B", "01C"})
    REQUIRE(ledger->commit({{an_override(id)}, {}, {}, {}, {line("created"), line("active")}}));
  OverrideQuery query;
  query.most = 2;
  auto page = ledger->overrides(query);
  REQUIRE(page);
  REQUIRE(page->size() == 2);
  CHECK(page->front().id == "01C");
  query.before_id = page->back().id;
  CHECK(ledger->overrides(query)->front().id == "01A");
  CHECK(ledger->overrides({{Phase::failed}, {}, {}, {}, {}})->empty());
  CHECK(ledger->overrides({{}, "lb1", "web", "web1", {}})->size() == 3);
  CHECK(ledger->overrides({{}, {}, {}, "x' OR 1=1 --", {}})->empty());

  AuditQuery audit;
  audit.event = "active";
  CHECK(ledger->audit(audit)->size() == 3);
  audit.after = 2;
  audit.before = 6;
  CHECK(ledger->audit(audit)->size() == 1);
  CHECK(ledger->last_sequence() == 6);
}

TEST_CASE("whatever is changed in the audit by hand is found") {
  const TempFolder folder;
  {
    const auto ledger = open(folder);
    for (int i = 0; i < 5; ++i)
      REQUIRE(ledger->commit({{}, {}, {}, {}, {line("e" + std::to_string(i))}}));
    const auto report = ledger->verify();
    REQUIRE(report);
    CHECK(report->first == 1);
    CHECK(report->last == 5);
    CHECK(!report->broken_at);
  }
  const auto broken_at = [&] { return open(folder)->verify()->broken_at; };
  SECTION("a word") {
    edit(folder, "UPDATE audit SET principal = 'bob' WHERE sequence = 3");
    CHECK(broken_at() == 3);
  }
  SECTION("a line taken from the middle") {
    edit(folder, "DELETE FROM audit WHERE sequence = 2");
    CHECK(broken_at() == 2);
  }
  SECTION("the newest line taken") {
    edit(folder, "DELETE FROM audit WHERE sequence = 5");
    CHECK(broken_at() == 5);
  }
  SECTION("the oldest line taken") {
    edit(folder, "DELETE FROM audit WHERE sequence = 1");
    CHECK(broken_at() == 1);
  }
  SECTION("two lines swapped") {
    edit(folder,
         "UPDATE audit SET sequence = 100 WHERE sequence = 2;"
         "UPDATE audit SET sequence = 2 WHERE sequence = 3;"
         "UPDATE audit SET sequence = 3 WHERE sequence = 100");
    CHECK(broken_at() == 2);
  }
  SECTION("a line and its hash, but not the one behind it") {
    edit(folder, "UPDATE audit SET hash = previous WHERE sequence = 3");
    CHECK(broken_at() == 3);
  }
}

TEST_CASE("the file itself refuses changes of the audit") {
  const TempFolder folder;
  REQUIRE(open(folder)->commit({{}, {}, {}, {}, {line("created")}}));
  SQLite::Database database(folder.path("storage/ledger.db"), SQLite::OPEN_READWRITE);
  CHECK_THROWS(database.exec("UPDATE audit SET principal = 'bob'"));
  CHECK_THROWS(database.exec("DELETE FROM audit"));
}

TEST_CASE("what is old is trimmed, the chain still holds, and live overrides stay") {
  const TempFolder folder;
  const auto ledger = open(folder);
  REQUIRE(
      ledger->commit({{an_override("01A"), an_override("01B", Phase::released)}, {}, {}, {}, {}}));
  for (int i = 0; i < 10; ++i) {
    auto each = line("e");
    each.time = kNow + 1min * i;
    REQUIRE(ledger->commit({{}, {}, {}, {}, {each}}));
  }
  CHECK(ledger->trim(kNow + 4min, 0) == 4);
  const auto report = ledger->verify();
  CHECK(report->first == 5);
  CHECK(report->last == 10);
  CHECK(!report->broken_at);
  CHECK(ledger->load(Time{})->overrides.size() == 1);
  CHECK(ledger->trim(kNow + 24h, 0) == 5);  // the newest line stays, to go on from
  REQUIRE(ledger->commit({{}, {}, {}, {}, {line("later")}}));
  CHECK(!ledger->verify()->broken_at);
}

TEST_CASE("trimming by size makes the file smaller") {
  const TempFolder folder;
  const auto ledger = open(folder);
  Batch batch;
  batch.audit.assign(2'000, line("e"));
  for (auto& each : batch.audit) each.verdict.assign(500, 'x');
  REQUIRE(ledger->commit(batch));
  const auto before = ledger->bytes();
  REQUIRE(ledger->trim(Time{}, before / 2));
  CHECK(ledger->bytes() <= before / 2);
  CHECK(!ledger->verify()->broken_at);
}

TEST_CASE("a second process is refused and told who holds the ledger") {
  const TempFolder folder;
  const auto ledger = open(folder);
  const auto second = open_sqlite_ledger(folder.path("storage"));
  REQUIRE(!second);
  CHECK(second.error().code == ErrorCode::refused);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("nobody else can read the ledger") {
  const TempFolder folder;
  const auto ledger = open(folder);
  struct stat status {};
  REQUIRE(::stat(folder.path("storage").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700);
  for (const char* file : {"storage/ledger.db", "storage/ledger.db-wal", "storage/lock"}) {
    REQUIRE(::stat(folder.path(file).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
  }
}

TEST_CASE("a file that is no ledger is refused with advice") {
  const TempFolder folder;
  open(folder);
  SECTION("garbage") {
    std::ofstream(folder.path("storage/ledger.db")) << std::string(8192, 'x');
    const auto ledger = open_sqlite_ledger(folder.path("storage"));
    REQUIRE(!ledger);
    CHECK(ledger.error().message.find("move it away") != std::string::npos);
  }
  SECTION("of a newer version") {
    edit(folder, "PRAGMA user_version = 99");
    CHECK(open_sqlite_ledger(folder.path("storage")).error().message.find("newer") !=
          std::string::npos);
  }
  SECTION("of another program") {
    edit(folder, "PRAGMA application_id = 1");
    CHECK(open_sqlite_ledger(folder.path("storage")).error().message.find("another program") !=
          std::string::npos);
  }
}

TEST_CASE("a start without room on the disk says of which file, and what to do") {
  const TempFolder folder;
  open(folder);
  const pid_t child = ::fork();  // a limit for a process of its own
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto ledger = open_sqlite_ledger(folder.path("storage"));
    const auto says = [&](const std::string& word) {
      return ledger.error().message.find(word) != std::string::npos;
    };
    ::_exit(ledger ? 1 : says(folder.path("storage")) && says("free space on its disk") ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("every commit that returned survives a kill, whenever it comes") {
  const TempFolder folder;
  std::uint64_t known = 0;
  for (int round = 0; round < 20; ++round) {
    int channel[2];
    REQUIRE(::pipe(channel) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto ledger = open_sqlite_ledger(folder.path("storage"));
      if (!ledger) ::_exit(1);
      for (;;) {
        if (!(*ledger)->commit({{an_override("01A")}, {}, {}, {}, {line("e"), line("f")}}))
          ::_exit(2);
        const std::uint64_t done = (*ledger)->last_sequence();
        if (::write(channel[1], &done, sizeof done) < 0) ::_exit(3);
      }
    }
    ::close(channel[1]);
    // Every other time not before the first commit, however slow the machine is.
    if (round % 2 == 1) REQUIRE(::read(channel[0], &known, sizeof known) == sizeof known);
    ::usleep(static_cast<unsigned>(3'000 + round * 1'700));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    for (std::uint64_t done = 0; ::read(channel[0], &done, sizeof done) == sizeof done;)
      known = done;
    ::close(channel[0]);
    const auto ledger = open(folder);
    CHECK(ledger->last_sequence() >= known);
    CHECK(ledger->last_sequence() % 2 == 0);  // both lines of a commit, or none
    CHECK(!ledger->verify()->broken_at);
  }
  CHECK(known > 0);
}

TEST_CASE("a commit that does not fit on the disk leaves nothing behind") {
  const TempFolder folder;
  const auto ledger = open(folder);
  REQUIRE(ledger->commit({{an_override("01A")}, {}, {}, {}, {line("created")}}));
  const pid_t child = ::fork();  // a limit for a process of its own
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const TempFolder other;
    const auto small = open_sqlite_ledger(other.path("storage"));
    if (!small || !(*small)->commit({{an_override("01A")}, {}, {}, {}, {line("a")}})) ::_exit(1);
    const rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Batch large;
    large.overrides = {an_override("01B")};
    large.audit.assign(5'000, line("b"));
    const auto failed = (*small)->commit(large);
    const bool clean = !failed && (*small)->last_sequence() == 1 &&
                       !(*small)->find("01B")->has_value() && !(*small)->verify()->broken_at;
    ::_exit(clean ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}
