#include "steward/ledger/documents.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::ledger;

TEST_CASE("a document with a number that does not fit is damaged, not something else") {
  for (const char* document :
       {R"({"from": 1e45})", R"({"from": -1})", R"({"from": 65536})", R"({"from": 10.5})",
        R"({"begins": 18446744073709551615})", R"({"over": 1.5})"}) {
    control::Ramp ramp;
    CHECK_THROWS_AS(read_document(document, ramp), SQLite::Exception);
  }
  control::Membership membership;
  CHECK_THROWS_AS(read_document(R"({"sessions": -1})", membership), SQLite::Exception);
}

TEST_CASE("a document is read as it was written") {
  control::Ramp ramp;
  ramp.from = 10;
  ramp.over = std::chrono::minutes(5);
  control::Ramp again;
  read_document(document_of(ramp), again);
  CHECK(again == ramp);
}
