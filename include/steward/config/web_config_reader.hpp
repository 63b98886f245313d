// How web_config.cpp walks its YAML: every key once, every problem with its place.
#pragma once

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/text.hpp"

namespace steward::config {

// A word of the file and what it stands for.
template <class T>
struct Name {
  std::string_view name;
  T value;
};

inline std::string listed(const auto& names) {
  std::string out;
  for (const auto& name : names) {
    if constexpr (requires { name.name; }) {
      fmt::format_to(std::back_inserter(out), "{}{}", out.empty() ? "" : ", ", name.name);
    } else {
      fmt::format_to(std::back_inserter(out), "{}{}", out.empty() ? "" : ", ", name);
    }
  }
  return out;
}

// Walks the document and collects what is wrong with it; nothing is half read past an error.
class Reader {
 public:
  using Read = std::function<void(const YAML::Node&)>;
  struct Field {
    std::string_view name;
    Read read;
  };

  explicit Reader(const std::string& file) : file_(file) {}

  template <class... Args>
  void problem(const YAML::Mark& at, fmt::format_string<Args...> format, Args&&... args) {
    const std::string what = fmt::format(format, std::forward<Args>(args)...);
    if (!problems_.empty()) problems_ += '\n';
    // A node that is not in the text has the mark -1.
    problems_ += fmt::format("{}:{}:{}: {}", file_, at.line + 1, at.column + 1, what);
  }

  // Every key once; `each` gets its name and both nodes.
  void each(
      const YAML::Node& node, std::string_view what,
      const std::function<void(const std::string&, const YAML::Node&, const YAML::Node&)>& use) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return problem(node.Mark(), "{} must be a mapping of keys to values", what);
    std::set<std::string, std::less<>> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        problem(entry.first.Mark(), "a key of {} must be a word", what);
      } else if (!seen.insert(entry.first.Scalar()).second) {
        problem(entry.first.Mark(), "{} is given twice in {}", printable(entry.first.Scalar()),
                what);
      } else {
        use(entry.first.Scalar(), entry.first, entry.second);
      }
    }
  }

  void fields(const YAML::Node& node, std::string_view what, const std::vector<Field>& known) {
    each(node, what, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      const auto field = std::ranges::find(known, name, &Field::name);
      if (field != known.end()) return field->read(value);
      problem(key.Mark(), "unknown key \"{}\" in {}; known are {}", printable(name), what,
              listed(known));
    });
  }

  Read text(std::string& into) {
    return [this, &into](const YAML::Node& node) {
      if (node.IsNull()) return;
      if (!node.IsScalar()) return problem(node.Mark(), "must be one value, not a list or mapping");
      into = node.Scalar();
    };
  }

  Read flag(bool& into) {
    return [this, &into](const YAML::Node& node) {
      if (!YAML::convert<bool>::decode(node, into)) problem(node.Mark(), "must be true or false");
    };
  }

  template <class T>
  Read one_of(const auto& names, T& into) {
    return [this, &names, &into](const YAML::Node& node) {
      const std::string value = node.IsScalar() ? node.Scalar() : "";
      const auto found = std::ranges::find(names, value, &Name<T>::name);
      if (found == names.end()) {
        return problem(node.Mark(), "\"{}\" is none of {}", printable(value), listed(names));
      }
      into = found->value;
    };
  }

  Read list(std::vector<std::string>& into, std::function<bool(const std::string&)> known,
            std::string expected) {
    return [this, &into, known = std::move(known),
            expected = std::move(expected)](const YAML::Node& node) {
      if (node.IsNull()) return;
      if (!node.IsSequence()) return problem(node.Mark(), "must be a list");
      for (const auto& item : node) {
        const std::string value = item.IsScalar() ? item.Scalar() : "";
        if (!known(value)) {
          problem(item.Mark(), "\"{}\" is not one of: {}", printable(value), expected);
        }
        into.push_back(value);
      }
    };
  }

  [[nodiscard]] const std::string& problems() const { return problems_; }

  // Relative paths count from the folder of the file.
  void resolve(std::string& path) const {
    if (path.empty()) return;
    path = (std::filesystem::path(file_).parent_path() / path).string();
  }

 private:
  const std::string& file_;
  std::string problems_;
};

}  // namespace steward::config
