#include "steward/exposition/section.hpp"

namespace steward::exposition {

FamilyWriter::FamilyWriter(Section& section, std::string name, Type type, std::string_view help)
    : section_(section),
      name_(std::move(name)),
      head_(name_ + "{"),
      type_(type),
      help_(help),
      wanted_(section.options.selection.wants_family(name_)) {}

void FamilyWriter::start() {
  write_family(section_.out, section_.options.format, name_, type_, help_);
  started_ = true;
}

void FamilyWriter::series(std::string_view open_labels, std::int64_t value) {
  if (!wanted_) return;
  if (open_labels.empty()) {
    if (!started_) start();
    section_.out.write(name_);
    section_.out.write(" ");
  } else {
    begin_series().write(open_labels);
    section_.out.write("} ");
  }
  section_.out.write_number(value);
  section_.out.write("\n");
}

}  // namespace steward::exposition
