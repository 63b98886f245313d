#include "steward/daemon/audit_sentence.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;

TEST_CASE("a line of the audit reads as a sentence, without what is not known") {
  control::AuditRecord line;
  line.event = "released";
  line.target = "lb1:web/web1";
  line.setting = "state";
  line.after = "ready";
  line.before = "drain";
  line.principal = "ada";
  line.verdict = "it is repaired";
  CHECK(daemon::sentence_of(line) ==
        "released lb1:web/web1 state ready was drain, by ada: it is repaired");
  CHECK(daemon::sentence_of({}).empty());
}
