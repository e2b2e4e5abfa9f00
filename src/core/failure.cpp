#include "core/failure.hpp"

namespace hookferry {

Exit exit_of(Cause cause) {
  switch (cause) {
    case Cause::incomplete:
      return Exit::incomplete;
    case Cause::usage:
      return Exit::usage;
    case Cause::bad_data:
      return Exit::bad_data;
    case Cause::no_input:
      return Exit::no_input;
    case Cause::unreachable:
      return Exit::unreachable;
    case Cause::cannot_write:
      return Exit::cannot_write;
    case Cause::protocol:
      return Exit::protocol;
    case Cause::key_refused:
      return Exit::key_refused;
    case Cause::configuration:
      return Exit::configuration;
    case Cause::interrupted:
      return Exit::interrupted;
  }
  return Exit::incomplete;
}

}  // namespace hookferry
