// Requests that are answered at once: so many and no more.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "steward/http/connections.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// A client that does not send its body or read its answer holds a place for nothing; when all are
// taken, such a one is closed for the next (Connections::Member::evict_holder). Thread-safe.
class RequestLimit {
 public:
  // 0: any number. `hint` ends the refusal: "too many requests at once (limit 40); <hint>".
  RequestLimit(unsigned most, std::string hint) : most_(most), hint_(std::move(hint)) {}

  // A place among them, once taken; the destructor gives it back.
  class Place {
   public:
    Place() = default;
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    // 503 if there is none. `member` is whose it becomes.
    [[nodiscard]] std::optional<Response> refuse(RequestLimit& limit, Connections::Member& member);

   private:
    RequestLimit* taken_from_ = nullptr;
    Connections::Member* member_ = nullptr;
  };

 private:
  [[nodiscard]] bool take(Connections::Member& member);
  void give_back(Connections::Member& member);

  const unsigned most_;
  const std::string hint_;
  std::mutex mutex_;
  std::condition_variable freed_;
  unsigned taken_ = 0;
  unsigned promised_ = 0;  // to those who wait for a connection they closed to end
};

}  // namespace steward::http
