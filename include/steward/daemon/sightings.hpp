// What is known of every HAProxy: the last view of each, or why there is none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "steward/control/sight.hpp"
#include "steward/control/view.hpp"

namespace steward::daemon {

// Not thread-safe.
class Sightings {
 public:
  explicit Sightings(const std::vector<std::string>& instances) {
    for (const std::string& name : instances) all_[name];
  }

  void seen(std::shared_ptr<const control::View> view);
  // False if that was known.
  bool lost(const std::string& instance, const std::string& why);

  // As deciding wants them; valid until the next change.
  [[nodiscard]] std::map<std::string, control::Sight, std::less<>> sights() const;
  [[nodiscard]] std::map<std::string, std::shared_ptr<const control::View>> views() const;
  // Null: it was never read.
  [[nodiscard]] std::shared_ptr<const control::View> last(const std::string& instance) const;
  [[nodiscard]] std::vector<std::string> instances() const;
  // Those whose last reading succeeded.
  [[nodiscard]] std::vector<std::string> reachable() const;
  // Whether every one was read, or tried, once.
  [[nodiscard]] bool all_tried() const;

 private:
  struct Sighting {
    std::shared_ptr<const control::View> view;
    std::string trouble = "it was not asked yet";
    bool tried = false;
  };
  std::map<std::string, Sighting> all_;
};

}  // namespace steward::daemon
