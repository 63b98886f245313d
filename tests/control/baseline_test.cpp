#include "steward/control/baseline.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::control;

namespace {

constexpr Value kIsReady{Setting::state, kReady}, kIsDrain{Setting::state, kDrain};

// Of a server that was ready, and that we drained.
Hold hold_of_drain() {
  Hold hold;
  hold.setting = Setting::state;
  hold.baseline = hold.ours = kIsReady;
  note(hold, kIsReady);
  hold.ours = kIsDrain;
  note(hold, kIsDrain);
  return hold;
}

Replaced restored(const Value& observed, bool wished) {
  return {kIsReady, observed, RowAge::file, true, true, wished};
}

}  // namespace

TEST_CASE("without a file what is there is the baseline") {
  const Replaced seen{kIsReady, kIsReady, RowAge::start, false, true, true};
  CHECK(decide(hold_of_drain(), seen) == Verdict{kIsReady, false});
}

TEST_CASE("a value that was never in force while we looked is a person's") {
  const Value maint{Setting::state, kMaint};
  CHECK(decide(hold_of_drain(), restored(maint, true)) == Verdict{maint, false});
}

TEST_CASE("our value without any restored row is left, and unclear") {
  const Replaced seen{kIsReady, kIsDrain, RowAge::changed, false, true, false};
  CHECK(decide(hold_of_drain(), seen) == Verdict{kIsDrain, true});
}

TEST_CASE("our value out of a file goes back to what it stood on") {
  CHECK(decide(hold_of_drain(), restored(kIsDrain, true)) == Verdict{kIsReady, false});
  CHECK(decide(hold_of_drain(), restored(kIsDrain, false)) == Verdict{kIsReady, false});
}

TEST_CASE("a value that stood on two baselines is not decided") {
  Hold hold = hold_of_drain();
  hold.baseline = kIsDrain;
  note(hold, kIsDrain);  // by hand, since
  CHECK(decide(hold, restored(kIsDrain, false)) == Verdict{kIsDrain, true});
  CHECK(decide(hold, restored(kIsDrain, true)) == Verdict{kIsDrain, true});
}

TEST_CASE("what happened while nobody looked is not decided") {
  Replaced seen = restored(kIsDrain, false);
  seen.watched = false;
  CHECK(decide(hold_of_drain(), seen) == Verdict{kIsDrain, true});
}

TEST_CASE("up, down and frozen are one value to whoever asks whose it is") {
  Hold hold;
  hold.setting = Setting::health;
  hold.baseline = hold.ours = {Setting::health, kByChecks};
  note(hold, {Setting::health, kDown});
  const Replaced seen{
      {Setting::health, kByChecks}, {Setting::health, kUp}, RowAge::file, true, true, true};
  CHECK(decide(hold, seen).baseline == Value{Setting::health, kByChecks});
  CHECK(same_class({Setting::health, kUp}, {Setting::health, kFrozen}));
  CHECK_FALSE(same_class({Setting::health, kUp}, {Setting::health, kByChecks}));
}

TEST_CASE("what a new process begins with is the configuration's, whatever it once stood on") {
  Hold hold;
  hold.setting = Setting::state;
  hold.baseline = kIsDrain;  // by hand
  note(hold, kIsReady);      // a person's wish over it
  const Replaced seen{kIsReady, kIsReady, RowAge::start, true, true, true};
  CHECK(decide(hold, seen) == Verdict{kIsReady, false});
}

TEST_CASE("what has changed in the new process may be anybody's, file or not") {
  Replaced seen = restored(kIsDrain, false);
  seen.age = RowAge::changed;
  CHECK(decide(hold_of_drain(), seen) == Verdict{kIsDrain, true});
}
