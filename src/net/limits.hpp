// What a server may send, whatever it likes: every limit of the network, once. docs/network.md shows the
// table to users; tests/unit/answer_test.cpp and tests/unit/net_client_test.cpp hold each at its edge.
#pragma once

#include <cstddef>

namespace hookferry::limits {

inline constexpr std::size_t kib = 1024;

/// Bytes of an answer that are held before they are understood.
inline constexpr std::size_t buffer = 128 * kib;
/// Status line and all fields; of each answer, informational ones included.
inline constexpr std::size_t header = 64 * kib;
/// The line of a chunk with its extensions; that of the last chunk with all trailers.
inline constexpr std::size_t chunk_framing = 64 * kib;
/// All framing of a body in chunks: so much, and so many times the body beside it.
inline constexpr std::size_t framing = 1024 * kib;
inline constexpr std::size_t framing_factor = 16;
/// Informational answers (1xx) before the answer.
inline constexpr std::size_t informational = 16;
/// Body of an answer that is no 2xx: more of it is not read, and none of it shown.
inline constexpr std::size_t refusal_body = 1024 * kib;
/// What a proxy says where it does not connect.
inline constexpr std::size_t proxy_body = 64 * kib;
/// Body of a 2xx where the user does not say otherwise (--max-response).
inline constexpr std::size_t body = 256 * kib * kib;
/// A whole answer may take this many times the timeout, however steadily its bytes drip.
inline constexpr int whole_answer_factor = 10;

}  // namespace hookferry::limits
