// Plans and outcomes as text for a terminal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "core/layout.hpp"
#include "plan/plan.hpp"

namespace hookferry::report {

// Lines of a report for a screen: in colour or not, none wider than it. Pure.

enum class Tone { plain, good, changed, bad, dim };

class Page {
 public:
  Page(bool color, std::size_t width) : color_(color), width_(width) {}

  std::size_t width() const { return width_; }
  void line(Tone tone, const std::string& text) { text_ += paint(tone, text) + "\n"; }
  /// Broken at spaces; what does not stand in the first line stands below `column`.
  void flow(Tone tone, const std::string& text, std::size_t column = 0) {
    const auto lines = wrapped(text.substr(text.find_first_not_of(' ')),
                               std::string(text.find_first_not_of(' '), ' '), column, width_);
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      line(tone, lines.substr(at, end - at));
      at = end + 1;
    }
  }
  /// The same, but only behind a comma or a semicolon: a count stays beside what it counts.
  void flow_counts(Tone tone, const std::string& text, std::size_t column) {
    constexpr char held = '\x01';
    std::string whole = text;
    for (std::size_t i = 1; i < whole.size(); ++i)
      if (whole[i] == ' ' && whole[i - 1] != ',' && whole[i - 1] != ';') whole[i] = held;
    const auto lines = wrapped(whole, "", column, width_);
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      auto one = lines.substr(at, end - at);
      std::replace(one.begin(), one.end(), held, ' ');
      line(tone, one);
      at = end + 1;
    }
  }
  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  std::string paint(Tone tone, const std::string& text) const {
    if (!color_ || tone == Tone::plain) return text;
    const char* code = tone == Tone::good      ? "32"
                       : tone == Tone::changed ? "33"
                       : tone == Tone::bad     ? "31"
                                               : "2";
    return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
  }
  bool color_;
  std::size_t width_;
  std::string text_;
};

// Plans and outcomes for people. Pure: values in, text out; untrusted text is escaped, secrets are masked.

struct ReportStyle {
  bool color = false;
  bool show_secrets = false;
  /// Everything: unchanged webhooks, all of a long plan, what was not sent, whole aliases.
  bool list_unchanged = false;
  std::size_t width = 80;  ///< cells of a line; text that does not fit is broken, or cut where it is data
};

/// Where webhooks come from and go to.
struct Route {
  ledger::Account source;
  ledger::Account destination;
  /// What filters have left out and what the configuration has set: lines that are safe to print.
  std::vector<std::string> scope_notes = {};
  /// Which hosts become which, the most frequent first: lines that are safe to print.
  std::vector<std::string> rewritten_hosts = {};
};

/// "standby (region us1, api.coralogix.us, company 67890)": what is known of it. Safe to print.
std::string describe(const ledger::Account& account);

/// Where the webhooks come from, where they go to, and what shapes the plan: above a plan and a question.
std::vector<std::string> describe(const Route& route);

/// Webhook by webhook, field by field, with a summary line at the end.
std::string render_plan(const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy,
                        const ReportStyle& style);

/// What was done, what was not and why, what to do now. `command` is what to run again.
std::string render_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                           const std::string& destination, const std::string& ledger,
                           const ReportStyle& style);

/// `most`: only so many rows are listed; webhooks that were not tried only with all_rows.
inline constexpr std::size_t all_rows = std::string::npos;
std::string render_undo_plan(const plan::Plan& plan, std::size_t most = all_rows);
std::string render_undo_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                                std::size_t most = all_rows);
/// One safe line: "\"a\" (slack) with id 7 is not deleted: …".
std::string describe_undo_failure(const plan::PlannedWebhook& planned, const plan::WebhookOutcome& outcome);

}  // namespace hookferry::report
