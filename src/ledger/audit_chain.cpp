#include "steward/ledger/audit_chain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>

namespace steward::ledger {
namespace {

void append(std::string& out, std::string_view field) {
  out += fmt::format("{}:", field.size());
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
        &record.alert, &record.override_id, &record.target, &record.setting, &record.before,
        &record.after, &record.verdict, &record.command, &record.answer}) {
    append(text, *field);
  }
  append(text, std::to_string(record.duration.count()));
  std::array<unsigned char, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace steward::ledger
