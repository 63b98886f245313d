// Every limit of the program, by name. Past a limit there is an error that names it; nothing is
// half done.
#pragma once

#include <chrono>
#include <cstddef>

namespace steward::limits {

using namespace std::chrono_literals;

// HAProxy's answers. 512 MiB holds a `show stat` of two million servers.
inline constexpr std::size_t kAnswerBytes = 512U << 20U;
inline constexpr std::size_t kRowBytes = 60'000;  // one CSV row; HAProxy's own buffer is 16 KiB
inline constexpr std::size_t kColumns = 1'024;    // of `show stat`; HAProxy 3.5 has 230
inline constexpr std::size_t kRows = 2'000'000;
inline constexpr std::size_t kCertificates = 1'000;  // looked up in one scrape
inline constexpr std::size_t kOldWorkers = 32;       // asked in one scrape

// Configuration.
inline constexpr std::size_t kConfigBytes = 1U << 20U;
inline constexpr std::size_t kConfigDepth = 16;       // maps and lists within each other
inline constexpr std::size_t kConfigNodes = 100'000;  // keys and values in one file
inline constexpr std::size_t kConfigProblems = 100;   // listed; the rest is counted
inline constexpr auto kDurationMax = 87'600h;         // ten years
inline constexpr std::size_t kInstances = 64;
inline constexpr std::size_t kListenAddresses = 16;

// HTTP.
inline constexpr std::size_t kRequestBodyBytes = 64U << 10U;  // the metrics listener wants none
inline constexpr std::size_t kQueryParameters = 64;
inline constexpr std::size_t kPatternBytes = 1'024;          // a proxy= or server= pattern
inline constexpr std::size_t kPageBlockBytes = 256U << 10U;  // a page is rendered in such blocks
// What the kernel keeps of an answer. Left alone it grows to 4 MiB, past what the caches hold: a
// page of 42 MB then takes 13 ms to send on loopback instead of 7.
inline constexpr int kSendBufferBytes = 512 << 10;
inline constexpr std::size_t kGzipBlockBytes = 64U << 10U;  // what is compressed goes out so
inline constexpr auto kScrapeTimeoutMax = 120s;

// One listener. A connection has a thread, parked while it waits for its client; when there is no
// room for a new one, the source that has most of them loses the one waited for longest.
inline constexpr std::size_t kConnections = 256;
inline constexpr int kConnectionsQueued = 1'024;  // by the kernel, before they are ours
inline constexpr std::size_t kRequestHeadBytes = 32U << 10U;
inline constexpr unsigned kRequestsPerConnection = 1'000;
inline constexpr auto kFirstByteTimeout = 10s;   // of a new connection
inline constexpr auto kKeepAliveTimeout = 150s;  // longer than the usual scrape intervals
inline constexpr auto kHandshakeTimeout = 5s;    // the whole of it
// A client's certificate and what signs it, together. OpenSSL's own limit is 100 KiB, which can
// cost hundreds of MiB where it is not up to date (CVE-2026-35189).
inline constexpr std::size_t kClientCertificatesBytes = 16U << 10U;
inline constexpr auto kRequestHeadTimeout = 5s;  // from its first byte to its last
inline constexpr auto kWriteStallTimeout = 10s;  // a client that reads nothing
inline constexpr auto kAnswerTimeout = 180s;     // from the request to the answer's last byte
inline constexpr auto kStalledTimeout = 100ms;   // a client whose place another wants
inline constexpr auto kEvictionTimeout = 1s;     // for a thread to let go of a place it lost
inline constexpr auto kLingerTimeout = 1s;       // for a client to read why it was refused
inline constexpr auto kStopTimeout = 1s;         // what slow clients may hold up stop()

// Authentication.
inline constexpr std::size_t kCredentialsBytes = 1'024;      // "user:password", decoded
inline constexpr std::size_t kPasswordChecksWaiting = 16;    // bcrypt runs one at a time
inline constexpr std::size_t kPasswordVerdictsCached = 128;  // granted, and as many denied
inline constexpr int kBcryptCostMax = 18;                    // some 20 s a check
inline constexpr std::size_t kWebUsers = 1'000;

// Control.
inline constexpr std::size_t kControlBodyBytes = 1U << 20U;  // a request's; more is 413
inline constexpr auto kControlBodyTimeout = 10s;             // from the head's end to its last byte
inline constexpr unsigned kControlRequests = 64;             // answered at once; more get 503
inline constexpr unsigned kUnprovenRequests = 16;  // signed ones, known by their body only
inline constexpr std::size_t kEventStreams = 16;   // of those, event streams
inline constexpr int kJsonDepth = 16;
inline constexpr std::size_t kAlerts = 5'000;      // in one delivery
inline constexpr std::size_t kActions = 1'000;     // in one manual request
inline constexpr std::size_t kLabels = 128;        // of one alert
inline constexpr std::size_t kLabelBytes = 4'096;  // of one label, reason or other text
inline constexpr std::size_t kTargets = 256;       // servers one alert or action may hit
inline constexpr std::size_t kLiveOverrides = 50'000;
inline constexpr std::size_t kEndedOverrides = 100'000;  // remembered for the guards
inline constexpr auto kHistory = 24h;                    // and not longer
inline constexpr auto kManualHistory = 10min;            // of people's: no guard counts them
inline constexpr std::size_t kStood = 512;               // (value, baseline) pairs a hold remembers
inline constexpr auto kClockStep = 2s;  // more between two looks is a clock that was set
inline constexpr auto kCrossed =
    2min;  // deliveries of a cluster may overtake each other by so much
inline constexpr auto kCarriedAge =
    10s;                                 // what was seen this long before a restart counts after it
inline constexpr auto kComesLate = 10s;  // HAProxy may still do what it was told without an answer
inline constexpr auto kHoldFileLasts = 60s;  // a line of a hold file that nobody writes again
inline constexpr auto kViewAge = 1s;         // of what the gate looks at, when commands leave
inline constexpr auto kDecisionAge = 200ms;  // else the servers it is about are looked at again
inline constexpr auto kTopologyAgeAwaiting = 5s;  // while an agent has not answered
inline constexpr auto kTopologyAge = 60s;  // how long backups, tracking and balancing are believed
inline constexpr std::size_t kCommandBytes = 8U
                                             << 10U;  // one line to HAProxy; its buffer is 16 KiB
inline constexpr std::size_t kListItems = 100;        // of a list in the configuration
inline constexpr std::size_t kRules = 1'000;
inline constexpr std::size_t kPrincipals = 1'000;
inline constexpr std::size_t kBackendLimits = 10'000;
inline constexpr std::size_t kSecretBytes = 4'096;  // of a file with a token or secret
inline constexpr std::size_t kSecretLeast = 16;
inline constexpr std::size_t kHmacSecrets = 32;  // of all principals: each is tried on a body
inline constexpr auto kSignatureAge = 300s;
inline constexpr std::size_t kSignaturesKept = 100'000;  // those seen within that time
inline constexpr unsigned kAuthFailures = 10;            // a minute from one source
inline constexpr std::size_t kAuthSources = 10'000;      // whose failures are counted
inline constexpr unsigned kDenialsAudited = 60;  // strangers' calls that audit and log take at once
inline constexpr std::size_t kAuditPage = 1'000;
inline constexpr std::size_t kOverridePage = 1'000;
inline constexpr std::size_t kOverrideSeries = 1'000;  // live ones on the page of metrics
inline constexpr std::size_t kReasonLabelBytes = 200;  // of a reason there
inline constexpr auto kWaitMost = 60s;                 // ?wait= of the webhook
inline constexpr auto kStepMost = 168h;                // a drain, a soak, an approval

}  // namespace steward::limits
