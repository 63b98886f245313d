#include "steward/ledger/sqlite_ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/ledger/audit_chain.hpp"
#include "steward/ledger/documents.hpp"
#include "steward/ledger/folder_lock.hpp"
#include "steward/ledger/queries.hpp"
#include "steward/ledger/rows.hpp"
#include "steward/ledger/schema.hpp"

namespace steward::ledger {
namespace {

// Each connection has a mutex of ours: SQLite's own at every bind would be paid for twice.
constexpr int kOwnMutex = SQLITE_OPEN_NOMUTEX;
constexpr int kBusyTimeout = 5'000;  // milliseconds; somebody looks at the file by hand

std::string_view advice(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "; free space on its disk";
    case SQLITE_IOERR:  // a full disk, too, where the log is opened
      return "; free space on its disk, or see what the kernel says of it";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "; see that the steward's user may write its folder";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; move it away to begin a new one, and keep it for the audit";
    default:
      return "";
  }
}

tl::unexpected<Error> failure(const std::string& file, const SQLite::Exception& e) {
  return fail(ErrorCode::unreachable, "the ledger {}: {}{}", printable(file), e.what(),
              advice(e.getErrorCode()));
}

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::string file, FolderLock lock)
      : file_(std::move(file)),
        lock_(std::move(lock)),
        writer_(file_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | kOwnMutex, kBusyTimeout) {
    writer_.exec("PRAGMA auto_vacuum = INCREMENTAL");
    writer_.exec("PRAGMA journal_mode = WAL");
    writer_.exec("PRAGMA synchronous = FULL");
    migrate(writer_, schema_steps());
    reader_.emplace(file_, SQLite::OPEN_READONLY | kOwnMutex, kBusyTimeout);
    const SQLite::Statement chain = chain_now();
    last_ = static_cast<std::uint64_t>(chain.getColumn(1).getInt64());
    hash_ = chain.getColumn(2).getString();
    prepare();
  }

  Result<void> commit(const Batch& batch) override {
    const std::lock_guard lock(write_mutex_);
    return guarded<void>([&]() -> Result<void> {
      set_synced(batch.synced);
      std::uint64_t sequence = last_;
      std::string hash = hash_;
      SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
      write(batch);
      append(batch.audit, sequence, hash);
      transaction.commit();
      last_ = sequence;
      hash_ = hash;
      return {};
    });
  }

  Result<Contents> load(Time ended_since) override {
    return read<Contents>([&](auto& database) { return read_contents(database, ended_since); });
  }
  Result<std::vector<AuditLine>> audit(const AuditQuery& query) override {
    return read<std::vector<AuditLine>>(
        [&](auto& database) { return read_audit(database, query); });
  }
  Result<std::vector<control::Override>> overrides(const OverrideQuery& query) override {
    return read<std::vector<control::Override>>(
        [&](auto& database) { return read_overrides(database, query); });
  }
  Result<std::optional<control::Override>> find(const std::string& id) override {
    return read<std::optional<control::Override>>(
        [&](auto& database) { return read_override(database, id); });
  }
  Result<ChainReport> verify() override {
    // It takes long: others must not wait for the reader.
    return guarded<ChainReport>([&]() -> Result<ChainReport> {
      SQLite::Database database(file_, SQLite::OPEN_READONLY | kOwnMutex, kBusyTimeout);
      return verify_chain(database);
    });
  }

  std::uint64_t last_sequence() override { return last_; }

  Result<std::size_t> trim(Time before, std::uint64_t most) override {
    const std::lock_guard lock(write_mutex_);
    return guarded<std::size_t>([&]() -> Result<std::size_t> {
      const std::int64_t time = before.time_since_epoch().count();
      for (const char* gone : {"overrides WHERE ended < ?1 AND (heard IS NULL OR heard < ?1)",
                               "memberships WHERE ended < ?1", "rollouts WHERE ended < ?1"}) {
        SQLite::Statement statement(writer_, fmt::format("DELETE FROM {}", gone));
        statement.bind(1, time);
        statement.exec();
      }
      std::size_t count = cut(newest_before(time));
      while (most > 0 && bytes() > most) {
        const std::size_t tenth = cut(first() + (last_ - first()) / 10);
        if (tenth == 0) break;
        count += tenth;
      }
      return count;
    });
  }

  std::uint64_t bytes() override {
    std::error_code error;
    std::uint64_t all = 0;
    for (const char* end : {"", "-wal"}) {
      const auto size = std::filesystem::file_size(file_ + end, error);
      if (!error) all += size;
    }
    return all;
  }

 private:
  template <class T, class Work>
  Result<T> guarded(const Work& work) {
    try {
      return work();
    } catch (const SQLite::Exception& e) {
      return failure(file_, e);
    } catch (const std::exception& e) {
      return fail(ErrorCode::internal, "the ledger {}: {}", printable(file_), e.what());
    }
  }

  template <class T, class Work>
  Result<T> read(const Work& work) {
    const std::lock_guard lock(read_mutex_);
    return guarded<T>([&]() -> Result<T> { return work(*reader_); });
  }

  void set_synced(bool synced) {
    if (synced == synced_) return;
    writer_.exec(synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    synced_ = synced;
  }

  SQLite::Statement chain_now() {
    SQLite::Statement chain(writer_, "SELECT first, last, hash FROM chain");
    if (!chain.executeStep()) throw SQLite::Exception("the chain has no head", SQLITE_CORRUPT);
    return chain;
  }

  void prepare() {
    const auto insert = [&](const char* table, const char* columns) {
      return fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES {}", table, columns,
                         placeholders(columns));
    };
    put_override_.emplace(writer_, insert("overrides", kOverrideColumns));
    put_hold_.emplace(writer_, insert("holds", kHoldColumns));
    add_line_.emplace(writer_, fmt::format("INSERT INTO audit ({}) VALUES {}", kAuditColumns,
                                           placeholders(kAuditColumns)));
    drop_hold_.emplace(writer_,
                       "DELETE FROM holds WHERE instance = ? AND backend = ? AND "
                       "server = ? AND setting = ?");
    set_head_.emplace(writer_, "UPDATE chain SET last = ?, hash = ?");
  }

  template <class Row>
  static void run(SQLite::Statement& statement, const Row& row) {
    statement.reset();
    bind(statement, row);
    statement.exec();
    statement.reset();
  }

  void write(const Batch& batch) {
    for (const control::Override& each : batch.overrides) run(*put_override_, each);
    for (const control::Hold& each : batch.holds) run(*put_hold_, each);
    for (const control::Hold& each : batch.dropped) {
      drop_hold_->reset();
      drop_hold_->bind(1, each.target.instance);
      drop_hold_->bind(2, each.target.backend);
      drop_hold_->bind(3, each.target.server);
      drop_hold_->bind(4, std::string(to_string(each.setting)));
      drop_hold_->exec();
    }
    for (const control::Membership& each : batch.memberships) put("memberships", each);
    for (const control::Rollout& each : batch.rollouts) put("rollouts", each);
    for (const auto& [name, looked] : batch.looked) {
      SQLite::Statement set(writer_,
                            "INSERT OR REPLACE INTO instances (name, looked, epoch, doubts) "
                            "VALUES (?, ?, ?, ?)");
      set.bind(1, name);
      set.bind(2, std::int64_t{looked.at.time_since_epoch().count()});
      set.bind(3, looked.epoch);
      set.bind(4, looked.doubts);
      set.exec();
    }
    if (batch.automation) write(*batch.automation);
  }

  template <class T>
  void put(const char* table, const T& each) {
    SQLite::Statement set(
        writer_,
        fmt::format("INSERT OR REPLACE INTO {} (id, ended, document) VALUES (?, ?, ?)", table));
    set.bind(1, each.id);
    if (each.ended) set.bind(2, std::int64_t{each.ended->time_since_epoch().count()});
    set.bind(3, document_of(each));
    set.exec();
  }

  void write(const Automation& automation) {
    SQLite::Statement set(writer_,
                          "UPDATE automation SET paused = ?, by_whom = ?, reason = ?, "
                          "since = ?");
    set.bind(1, static_cast<int>(automation.paused));
    set.bind(2, automation.by);
    set.bind(3, automation.reason);
    set.bind(4, std::int64_t{automation.since.time_since_epoch().count()});
    set.exec();
  }

  void append(const std::vector<control::AuditRecord>& records, std::uint64_t& sequence,
              std::string& hash) {
    if (records.empty()) return;
    for (const control::AuditRecord& record : records) {
      ++sequence;
      std::string next = chain_hash(hash, sequence, record);
      run(*add_line_, AuditLine{sequence, std::exchange(hash, next), next, record});
    }
    set_head_->reset();
    set_head_->bind(1, static_cast<std::int64_t>(sequence));
    set_head_->bind(2, hash);
    set_head_->exec();
    set_head_->reset();
  }

  std::uint64_t first() { return static_cast<std::uint64_t>(chain_now().getColumn(0).getInt64()); }

  std::uint64_t newest_before(std::int64_t time) {
    // The clock may go back, the sequence does not: up to the first line that is to stay.
    SQLite::Statement staying(
        writer_, "SELECT sequence FROM audit WHERE time >= ? ORDER BY sequence LIMIT 1");
    staying.bind(1, time);
    if (!staying.executeStep()) return last_;
    return static_cast<std::uint64_t>(staying.getColumn(0).getInt64()) - 1;
  }

  // Removes the lines up to this one, but never the newest, and gives their room back.
  std::size_t cut(std::uint64_t up_to) {
    const std::uint64_t begin = first();
    const std::uint64_t end = std::min(up_to + 1, last_.load());
    if (end <= begin) return 0;
    SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement move(writer_, "UPDATE chain SET first = ?");
    move.bind(1, static_cast<std::int64_t>(end));
    move.exec();
    SQLite::Statement remove(writer_, "DELETE FROM audit WHERE sequence < ?");
    remove.bind(1, static_cast<std::int64_t>(end));
    remove.exec();
    transaction.commit();
    writer_.exec("PRAGMA incremental_vacuum");
    writer_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return end - begin;
  }

  const std::string file_;
  const FolderLock lock_;
  std::mutex write_mutex_;  // the connection that writes, and its statements
  SQLite::Database writer_;
  std::optional<SQLite::Statement> put_override_, put_hold_, drop_hold_, add_line_, set_head_;
  bool synced_ = true;
  std::atomic<std::uint64_t> last_ = 0;
  std::string hash_;
  std::mutex read_mutex_;  // the one that reads, while the other may write
  std::optional<SQLite::Database> reader_;
};

// SQLite would make it readable to everybody.
Result<void> make_private(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::unreachable, "the ledger {} cannot be opened: {}", printable(file),
                std::generic_category().message(errno));
  }
  ::close(descriptor);
  return {};
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::string& folder) {
  auto lock = FolderLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  const std::string file = folder + "/ledger.db";
  if (auto made = make_private(file); !made) return tl::unexpected(made.error());
  try {
    return std::make_unique<SqliteLedger>(file, *std::move(lock));
  } catch (const SQLite::Exception& e) {
    return failure(file, e);
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, "the ledger {}: {}", printable(file), e.what());
  }
}

}  // namespace steward::ledger
