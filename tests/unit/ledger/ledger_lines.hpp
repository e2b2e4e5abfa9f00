// Lines of a ledger as text, for what no writer would write.
#pragma once

#include <string>

namespace hookferry::test {

inline const std::string run_line =
    R"({"event":"run","ledger":1,"command":"migrate","url":"u","at":5,"present":[]})"
    "\n";
inline const std::string webhook_line =
    R"({"event":"webhook","n":0,"alias":"a","type":0,"action":"create","content":"c"})"
    "\n";
inline const std::string intent_line = R"({"event":"intent","webhooks":[0],"at":9})"
                                       "\n";

}  // namespace hookferry::test
