// What an answer of the API may hold for its size, so that no server can make a small answer fill the memory:
// beside the limits of net/answer.hpp.
#pragma once

#include "json/document.hpp"

namespace hookferry {

/// A webhook of the API has 370 bytes or more and a value or a member name in about 11.
inline constexpr std::size_t bytes_for_a_webhook = 256;
inline constexpr std::size_t bytes_for_a_node = 6;
/// Small answers may be as dense as they like.
inline constexpr std::size_t free_webhooks = 10'000;
inline constexpr std::size_t free_nodes = 100'000;
/// Of one webhook, and of the JSON in its fields.
inline constexpr std::size_t nodes_of_a_webhook = 500'000;

inline json::ParseLimits answer_limits(std::size_t bytes) {
  json::ParseLimits out;
  out.nodes = free_nodes + bytes / bytes_for_a_node;
  out.elements = free_webhooks + bytes / bytes_for_a_webhook;
  out.nodes_of_element = nodes_of_a_webhook;
  return out;
}

/// An account that shows something else than objects is no account of this API.
inline json::ParseLimits listing_limits(std::size_t bytes) {
  auto out = answer_limits(bytes);
  out.objects_only = true;
  return out;
}

}  // namespace hookferry
