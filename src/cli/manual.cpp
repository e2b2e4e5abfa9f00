#include <fmt/format.h>

#include "cli/help.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"

namespace hookferry::cli {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return "\"" + out + "\"";
}

std::string bold(std::string_view text) { return "\\fB" + roff_text(text) + "\\fR"; }

std::string section(std::string_view title) { return ".SH " + in_quotes(roff_text(title)) + "\n"; }

std::string roff(const HelpBlock& block) {
  switch (block.kind) {
    case HelpBlock::Kind::heading:
      return ".PP\n" + bold(block.text) + "\n";
    case HelpBlock::Kind::entry:
      return ".TP\n" + bold(block.term) + "\n" + roff_text(block.text) + "\n";
    case HelpBlock::Kind::lines:
      return ".PP\n.RS 2n\n.EX\n" + roff_text(block.text) + "\n.EE\n.RE\n";
    case HelpBlock::Kind::paragraph:
      break;
  }
  return ".PP\n" + roff_text(block.text) + "\n";
}

std::string roff(const std::vector<HelpBlock>& blocks) {
  std::string out;
  for (const auto& block : blocks) out += roff(block);
  return out;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  bool line_begins = true;
  while (!text.empty()) {
    const auto [code_point, length] = first_character(text);
    const char c = text[0];
    text.remove_prefix(std::max<std::size_t>(length, 1));
    // A line that begins with one of these would be a request.
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (length > 1) {
      out += fmt::format("\\[u{:04X}]", code_point);  // by which roff names characters beyond ASCII
    } else if (c == '\\') {
      out += "\\(rs";
    } else if (c == '-') {
      out += "\\-";  // a minus that can be pasted, not a hyphen
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string manual_page() {
  std::string out =
      ".\\\" Made by hookferry from its own tables.\n.TH HOOKFERRY 1 \"\" " +
      in_quotes(roff_text("hookferry " + std::string(program_version))) + " \"User Commands\"\n.nh\n.ad l\n" +
      section("NAME") + "hookferry \\- move webhooks between Coralogix accounts\n" + section("SYNOPSIS") +
      bold("hookferry") + " \\fICOMMAND\\fR [\\fIARGUMENT\\fR...] [\\fIOPTION\\fR...]\n" +
      section("DESCRIPTION") +
      roff(
          {paragraph("hookferry moves webhooks between accounts of Coralogix, across regions: it shows what "
                     "would change, writes it in bulk exactly once whatever the network does, reads it back, "
                     "and can undo it."),
           paragraph(std::string(account_help()))}) +
      section("COMMANDS");
  for (const auto& command : command_table()) {
    const auto space = command.arguments.empty() ? "" : " ";
    const auto usage = bold("hookferry " + std::string(command.name)) + space + roff_text(command.arguments);
    out += ".SS " + in_quotes(usage) + "\n" + roff(paragraph(std::string(command.summary) + ".")) +
           roff(details_of(command));
    std::string options;
    for (const auto* option : command.options)
      options += (options.empty() ? "" : ", ") + bold("--" + std::string(option->name));
    out += ".PP\nOptions: " + options + ".\n";
  }
  out +=
      section("OPTIONS") +
      roff(paragraph("Which command takes which is said with the commands; --help shows a command's page."));
  for (const auto& option : option_table()) out += roff(entry(term_of(option), help_of(option) + "."));
  for (const auto& topic : topic_table()) out += section(topic.section) + roff(text_of(topic));
  return out + section("SEE ALSO") +
         roff(paragraph("hookferry help, hookferry help COMMAND, hookferry help TOPIC"));
}

}  // namespace hookferry::cli
