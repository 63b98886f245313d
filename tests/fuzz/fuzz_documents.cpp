// What the ledger keeps as JSON, read from a file that somebody damaged: a membership, a rollout or
// a ramp, or the one exception that says so. What is read is written and read as the same.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"
#include "steward/ledger/documents.hpp"

using namespace steward;
using steward::fuzz::require;

namespace {

template <class T>
void check(const std::string& document) {
  T first;
  try {
    ledger::read_document(document, first);
  } catch (const SQLite::Exception&) {
    return;
  }
  T second;
  ledger::read_document(ledger::document_of(first), second);
  require(ledger::document_of(first) == ledger::document_of(second));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document(reinterpret_cast<const char*>(data), size);
  check<control::Membership>(document);
  check<control::Rollout>(document);
  check<control::Ramp>(document);
  return 0;
}
