// Plays lists of events on the real core, and compares what it does with what the model did:
//   tests/model/lists.py ... | model_player
// Reads the text of lists.py. At the first difference it prints the list so far and both lines, and
// exits with 1; with --all it goes on with the next list.
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/stage.hpp"

namespace steward::control::test {
namespace {

std::vector<std::string> words_of_line(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  // "steward up" and "steward down" are one word.
  if (words.size() == 2 && words[0] == "steward") words = {text};
  return words;
}

// EVENT | TOLD | HAPROXY | STEWARD
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::string_view field : split(line, '|')) {
    if (field.starts_with(' ')) field.remove_prefix(1);
    if (field.ends_with(' ')) field.remove_suffix(1);
    fields.emplace_back(field);
  }
  if (fields.size() != 4) throw std::runtime_error("not a line of an event: " + line);
  return fields;
}

class Player {
 public:
  explicit Player(bool all) : all_(all) {}

  // False: there was a difference, and it is said.
  bool run(std::istream& in) {
    std::string line;
    while (std::getline(in, line)) {
      if (!take(line) && !all_) return false;
    }
    std::cout << fmt::format("{} lists, {} events: {}\n", lists_, events_,
                             different_ == 0 ? "the core does what the model does"
                                             : fmt::format("{} differ", different_));
    for (const auto& [what, count] : kinds_) std::cout << fmt::format("{:7} {}\n", count, what);
    return different_ == 0;
  }

 private:
  bool take(const std::string& line) {
    const auto words = words_of_line(line);
    if (words.empty() || words[0] == "end") return true;
    if (words[0] == "scenario") {
      scenario_ = {};
      past_.clear();
      scenario_.name = words.at(1).substr(0, words[1].size() - 1);
    } else if (words[0] == "list") {
      list_ = line.substr(words[0].size() + 1);
      past_.clear();
      stage_.reset();
      ++lists_;
    } else if (past_.empty() && line.find('|') == std::string::npos) {
      describe(words);
    } else {
      return differs_ == list_ || event(line);
    }
    return true;
  }

  // A line of a scenario.
  void describe(const std::vector<std::string>& words) {
    const std::set<std::string> names(words.begin() + 1, words.end());
    if (words[0] == "server") {
      scenario_.servers.push_back({words.at(1), words.at(2), words.at(3) == "maint",
                                   static_cast<std::uint32_t>(std::stoul(words.at(4))),
                                   words.at(5) == "checked", words.at(6) == "backup",
                                   words.at(7) == "-" ? "" : words[7]});
    } else if (words[0] == "floor") {
      scenario_.floor_count = static_cast<std::uint32_t>(std::stoul(words.at(1)));
      scenario_.floor_percent = static_cast<std::uint32_t>(std::stoul(words.at(2)));
    } else if (words[0] == "settings") {
      for (std::size_t i = 1; i < words.size(); ++i) {
        scenario_.settings.push_back(setting_of(words[i]));
      }
    } else if (words[0] == "rollout") {
      scenario_.rollout = names;
    } else if (words[0] == "dead") {
      scenario_.dead = names;
    }
  }

  bool event(const std::string& line) {
    auto fields = fields_of(line);
    ++events_;
    std::string told;
    if (fields[0] == "start") {
      stage_.emplace(scenario_);
    } else {
      told = stage_->play(words_of_line(fields[0]));
    }
    if (fields[2] == "=") fields[2] = haproxy_;
    if (fields[3] == "=") fields[3] = steward_;
    haproxy_ = stage_->haproxy_text();
    steward_ = stage_->steward_text();
    const std::vector<std::string> mine{fields[0], told, haproxy_, steward_};
    past_.push_back(fmt::format("{}", fmt::join(mine, " | ")));
    if (mine == fields) return true;
    say(fields);
    return false;
  }

  void say(const std::vector<std::string>& model) {
    ++different_;
    ++kinds_[scenario_.name];
    differs_ = list_;
    std::cout << "list " << list_ << "\n";
    for (std::size_t i = 0; i + 1 < past_.size(); ++i) std::cout << "        " << past_[i] << "\n";
    std::cout << "  model " << fmt::format("{}", fmt::join(model, " | ")) << "\n";
    std::cout << "  core  " << past_.back() << "\n\n";
  }

  const bool all_;
  Scenario scenario_;
  std::string list_, differs_, haproxy_, steward_;
  std::optional<Stage> stage_;
  std::vector<std::string> past_;  // of this list, as the core has it
  std::size_t lists_ = 0, events_ = 0, different_ = 0;
  std::map<std::string, std::size_t> kinds_;  // differences by scenario
};

}  // namespace
}  // namespace steward::control::test

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const bool all = argc > 1 && std::string_view(argv[1]) == "--all";
  return steward::control::test::Player(all).run(std::cin) ? 0 : 1;
}
