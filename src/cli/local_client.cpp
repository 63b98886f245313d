#include "steward/cli/local_client.hpp"

#include <openssl/rand.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's

#include <array>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "steward/base/text.hpp"
#include "steward/config/secrets.hpp"
#include "steward/daemon/controller.hpp"
#include "steward/daemon/log.hpp"
#include "steward/http/authenticator.hpp"
#include "steward/http/control_handler.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kTick = 200ms;
constexpr auto kName = "haproxy";  // of the one instance
constexpr auto kPrincipal = "cli";

// Nobody else may look into it; gone when it is over.
class PrivateFolder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PrivateFolder>> make() {
    std::error_code error;
    std::string path =
        (std::filesystem::temp_directory_path(error) / "haproxy-steward-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
      return fail(ErrorCode::internal, "no temporary folder can be made ({})", path);
    }
    return std::make_unique<PrivateFolder>(std::move(path));
  }
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  ~PrivateFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::string> random_token() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return fail(ErrorCode::internal, "there are no random numbers");
  }
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

config::Config config_of(const Address& socket, const std::string& folder) {
  config::Config config;
  config.instances.push_back({kName, socket, {}});
  config.log.level = "error";
  config.control.storage.path = folder;
  config.control.tick = kTick;
  config.control.principals.push_back({{kPrincipal, control::Role::admin, {}, {}}, {}});
  return config;
}

// The path and the query as a listener takes them apart.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto* at = text.data() + i + 1;
      if (std::from_chars(at, at + 2, byte, 16).ptr == at + 2) i += 2;
      out += static_cast<char>(byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

void put_target(http::Request& request, std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = decoded(target.substr(0, mark));
  if (mark == target.size()) return;
  for (const auto pair : split(target.substr(mark + 1), '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
    request.query.emplace_back(decoded(pair.substr(0, equals)), decoded(value));
  }
}

std::string whole(const http::Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  std::string out;
  std::get<http::BodyStream>(response.body)([&out](std::string_view bytes) {
    out += bytes;
    return true;
  });
  return out;
}

class LocalClient final : public Client {
 public:
  LocalClient(std::unique_ptr<PrivateFolder> folder, std::unique_ptr<daemon::Controller> controller,
              const config::Config& config, std::string token, const daemon::Log& log)
      : folder_(std::move(folder)),
        controller_(std::move(controller)),
        token_(std::move(token)),
        authenticator_(config.control, config::Secrets{{{{config::token_hash(token_)}, {}}}}),
        handler_(
            http::control_handler({controller_->keeper(), controller_->ledger(), authenticator_,
                                   controller_->metrics(), log, [] { return Result<void>(); },
                                   [this] { return controller_->statistics(); }})
                .answer) {}

  Result<Reply> call(const std::string& method, const std::string& target,
                     const Json& body) override {
    http::Request request;
    request.method = method;
    put_target(request, target);
    request.remote_address = kPrincipal;
    request.headers.emplace_back("Authorization", "Bearer " + token_);
    if (!body.is_null()) {
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    const http::Response response = handler_(request);
    Json answer = Json::parse(whole(response), nullptr, false);
    return Reply{response.status, answer.is_discarded() ? Json(nullptr) : std::move(answer)};
  }

  void interrupt() override { controller_->keeper().close(); }

  // True once HAProxy was read.
  [[nodiscard]] bool wait_ready(steady_clock::time_point until) {
    while (!controller_->keeper().ready()) {
      if (steady_clock::now() > until) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

 private:
  const std::unique_ptr<PrivateFolder> folder_;
  const std::unique_ptr<daemon::Controller> controller_;
  const std::string token_;
  http::Authenticator authenticator_;
  const http::Handler handler_;
};

}  // namespace

Result<std::unique_ptr<Client>> local_client(const Address& socket,
                                             std::chrono::milliseconds timeout) {
  const auto until = steady_clock::now() + timeout;
  runtime::SocketClient haproxy(socket);
  if (const auto there = ask(haproxy, "show info", until); !there) {
    return tl::unexpected(there.error());  // the sentence a person needs, before anything is begun
  }
  auto token = random_token();
  if (!token) return tl::unexpected(token.error());
  auto folder = PrivateFolder::make();
  if (!folder) return tl::unexpected(folder.error());
  const config::Config config = config_of(socket, (*folder)->path());
  const daemon::Log log = daemon::make_log(config.log);
  auto controller = daemon::Controller::open(config, log);
  if (!controller) return tl::unexpected(controller.error());
  auto client = std::make_unique<LocalClient>(*std::move(folder), *std::move(controller), config,
                                              *std::move(token), log);
  if (!client->wait_ready(until)) {
    return fail(ErrorCode::timed_out, "{} did not answer in time", to_string(socket));
  }
  return client;
}

}  // namespace steward::cli
