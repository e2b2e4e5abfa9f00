// The last stages, shared by the commands that write: plan, confirm, carry out, tell.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/consent.hpp"
#include "cli/exit.hpp"
#include "cli/transfer.hpp"
#include "run/run.hpp"

namespace hookferry {

/// A run against that account, with the options in force. The account must outlive it.
Run open_run(Context& context, OpenAccount& destination);

/// From here on a first signal settles what was sent, which may take a while: says so.
void announce_interrupts(Context& context);

/// Instead of the question: throws where this is not the plan that somebody has said yes to. It is told what
/// the plan was made from.
using Approval = std::function<void(const TransferPlan& planned, const Run& run)>;

/// Plans, asks (or holds the plan against what was approved), carries out and tells.
Exit deliver(Context& context, Transfer& transfer, const Approval& approval = {});
/// The same where the source is still to be read, which is done at the same time as the destination is.
Exit read_and_deliver(Context& context, Transfer& transfer);

}  // namespace hookferry
