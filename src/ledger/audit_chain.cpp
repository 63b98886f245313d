#include "steward/ledger/audit_chain.hpp"

#include <openssl/sha.h>

#include <array>

namespace steward::ledger {
namespace {

void append(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
  out += ',';
}

}  // namespace

std::string chain_hash(std::string_view previous, std::uint64_t sequence,
                       const control::AuditRecord& record) {
  std::string text(previous);
  append(text, std::to_string(sequence));
  append(text, std::to_string(record.time.time_since_epoch().count()));
  for (const std::string* field :
       {&record.event, &record.request, &record.principal, &record.source, &record.rule,
        &record.alert, &record.subject.id, &record.target, &record.setting, &record.before,
        &record.after, &record.verdict, &record.command, &record.answer}) {
    append(text, *field);
  }
  append(text, std::to_string(record.duration.count()));
  std::array<unsigned char, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

}  // namespace steward::ledger
