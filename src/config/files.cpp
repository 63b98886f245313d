#include "steward/config/files.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "steward/base/text.hpp"

namespace steward::config {

std::string beside(const std::string& file_name, const std::string& path) {
  namespace fs = std::filesystem;
  return path.empty() ? path : (fs::path(file_name).parent_path() / path).string();
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const auto cannot = [&] {
    return fail(ErrorCode::unreachable, "{}: cannot be read: {}", printable(path),
                std::generic_category().message(errno));
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannot();
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return cannot();
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace steward::config
