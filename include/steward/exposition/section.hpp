// A part of a page: writes its families in order, each for all HAProxies at once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steward/exposition/page.hpp"
#include "steward/exposition/rows.hpp"

namespace steward::exposition {

// A PageInstance with what all sections need of it.
struct Prepared {
  const stats::Snapshot* snapshot = nullptr;
  std::string base_labels;  // `haproxy="lb1"` or nothing
  TableView view;
};

struct Section {
  PageWriter& out;
  const PageOptions& options;
  std::span<const Prepared> instances;
};

// The head lines of a family, written with its first series, so that a family without series
// leaves no trace; and nothing at all if the request does not want it.
class FamilyWriter {
 public:
  FamilyWriter(Section& section, std::string name, Type type, std::string_view help);

  [[nodiscard]] bool wanted() const { return wanted_; }

  // name{ — the caller goes on with labels, value and line end.
  PageWriter& begin_series() {
    if (!started_) start();
    section_.out.write(head_);
    return section_.out;
  }
  // A whole series with labels that still lack their closing brace; none at all if empty.
  void series(std::string_view open_labels, std::int64_t value);

 private:
  void start();

  Section& section_;
  std::string name_, head_;
  Type type_;
  std::string_view help_;
  bool wanted_, started_ = false;
};

}  // namespace steward::exposition
