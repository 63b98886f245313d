#include "steward/control/draft.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::control;

namespace {

Override drafted(const std::string& id) {
  Override override;
  override.id = id;
  override.target = {"lb1", "web", "web1"};
  return override;
}

}  // namespace

TEST_CASE("a draft tells the ledger what is different now, each once") {
  Book book;
  book.put(drafted("1"));
  Hold hold;
  hold.target = drafted("1").target;
  book.put(hold);
  Draft draft(book);
  draft.put(drafted("1"));  // as it was
  draft.put(hold);
  CHECK(draft.changes().empty());
  draft.put(drafted("2"));
  Override again = drafted("2");
  again.reason = "better";
  draft.put(again);
  hold.confirmed = Confirmed::yes;
  draft.put(hold);
  const auto changes = draft.changes();
  CHECK(changes.overrides == std::vector{again});
  CHECK(changes.holds == std::vector{hold});
  CHECK(changes.dropped.empty());
}

TEST_CASE("what is unsaid leaves no line in the audit either") {
  Book book;
  Draft draft(book);
  for (const char* id : {"1", "2"}) {
    draft.put(drafted(id));
    AuditRecord line;
    line.subject = {Subject::Kind::override, id};
    draft.record(line);
  }
  draft.unsay("1");
  const auto changes = draft.changes();
  CHECK(changes.overrides == std::vector{drafted("2")});
  REQUIRE(changes.audit.size() == 1);
  CHECK(changes.audit[0].subject.id == "2");
}

TEST_CASE("a hold that came and went in one draft was never there") {
  Book book;
  Draft draft(book);
  Hold hold;
  hold.target = drafted("1").target;
  draft.put(hold);
  draft.drop_hold(hold.target, hold.setting);
  CHECK(draft.changes().empty());
}

TEST_CASE("what is withdrawn is as if it had never been") {
  Book book;
  book.put(drafted("1"));
  Draft draft(book);
  draft.put(drafted("2"));
  Override changed = drafted("1");
  changed.phase = Phase::released;
  draft.put(changed);
  draft.withdraw("2");
  draft.withdraw("1");
  draft.withdraw("3");
  CHECK(draft.changes().empty());
  CHECK(book.find("2") == nullptr);
  CHECK(book.find("1")->phase == Phase::pending);
}

TEST_CASE("a draft that is set aside is not in the book until it is applied") {
  Book book;
  book.put(drafted("1"));
  Hold hold;
  hold.target = drafted("1").target;
  book.put(hold);
  Draft draft(book);
  Override changed = drafted("1");
  changed.phase = Phase::active;
  draft.put(changed);
  draft.put(drafted("2"));
  draft.drop_hold(hold.target, hold.setting);
  const Changes changes = draft.set_aside();
  CHECK(book.find("1")->phase == Phase::pending);
  CHECK(book.find("2") == nullptr);
  CHECK(book.shelf(hold.target)->holds.size() == 1);
  draft.apply(changes);
  CHECK(book.find("1")->phase == Phase::active);
  CHECK(book.find("2") != nullptr);
  CHECK(book.shelf(hold.target)->holds.empty());
}
