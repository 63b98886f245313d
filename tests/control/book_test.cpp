#include "steward/control/book.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/photo.hpp"
#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using namespace std::chrono_literals;

namespace {

const ServerRef kTarget{"lb1", "web", "web1"};

Override made(const std::string& id, Phase phase = Phase::pending) {
  Override override;
  override.id = id;
  override.target = kTarget;
  override.origin.fingerprint = "print";
  override.phase = phase;
  if (phase == Phase::active) override.admitted = Time{1s};
  if (!live(phase)) override.ended = Time{1s};
  return override;
}

}  // namespace

TEST_CASE("an override is found wherever it belongs, and in the order of ids") {
  Book book;
  book.put(made("2"));
  book.put(made("1"));
  CHECK(copies(book.pending("lb1")) == std::vector{made("1"), made("2")});
  CHECK(copies(book.of_alert("print")) == std::vector{made("1"), made("2")});
  CHECK(copies(book.shelf(kTarget)->live) == std::vector{made("1"), made("2")});
  CHECK(book.count(Phase::pending) == 2);
}

TEST_CASE("an override that is put again is where it belongs now, and only there") {
  Book book;
  book.put(made("1"));
  book.put(made("1", Phase::active));
  CHECK(book.pending("lb1").empty());
  CHECK(book.admitted().size() == 1);
  CHECK(book.live_count() == 1);
  book.put(made("1", Phase::released));
  CHECK(book.live_count() == 0);
  CHECK(book.admitted().empty());
  CHECK(book.shelf(kTarget) == nullptr);
  CHECK(book.of_backend("lb1", "web").size() == 1);
}

TEST_CASE("a server has a place in the book while anything is held of it") {
  Book book;
  book.put(made("1"));
  Hold hold;
  hold.target = kTarget;
  book.put(hold);
  book.erase("1");
  REQUIRE(book.shelf(kTarget) != nullptr);
  book.drop_hold(kTarget, Setting::weight);
  CHECK(book.shelf(kTarget)->find(Setting::state) != nullptr);
  book.drop_hold(kTarget, Setting::state);
  CHECK(book.shelf(kTarget) == nullptr);
  book.drop_hold(kTarget, Setting::state);
}

TEST_CASE("what ended long ago is forgotten, what lives is not") {
  Book book;
  book.put(made("1", Phase::released));
  book.put(made("2", Phase::active));
  book.forget(Time{1s} + limits::kHistory);
  CHECK(book.find("1") != nullptr);
  book.forget(Time{2s} + limits::kHistory);
  CHECK(book.find("1") == nullptr);
  CHECK(book.find("2") != nullptr);
}

TEST_CASE("a person's override is forgotten soon after its end: no guard asks for it") {
  Book book;
  book.put(made("1", Phase::released));
  Override manual = made("2", Phase::released);
  manual.origin.kind = control::OwnerKind::person;
  book.put(manual);
  book.forget(Time{1s} + limits::kManualHistory);
  CHECK(book.find("2") != nullptr);
  book.forget(Time{2s} + limits::kManualHistory);
  CHECK(book.find("2") == nullptr);
  CHECK(book.find("1") != nullptr);
}

TEST_CASE("of two memberships of a server the one under way decides while it lives") {
  const auto one = [](const std::string& id, Stage stage) {
    Membership made;
    made.id = id;
    made.target = kTarget;
    made.stage = stage;
    return made;
  };
  Book book;
  book.put(one("2", Stage::present));
  book.put(one("1", Stage::draining));  // by a clock that was set back
  CHECK(book.membership_of(kTarget)->id == "1");
  CHECK(book.standing_of(kTarget)->id == "2");
  book.put(one("1", Stage::failed));
  CHECK(book.membership_of(kTarget)->id == "2");
  book.put(one("2", Stage::adding));
  CHECK(book.membership_of(kTarget)->id == "2");
  CHECK(book.standing_of(kTarget) == nullptr);
  book.erase_membership("2");
  CHECK(book.membership_of(kTarget) == nullptr);
}
