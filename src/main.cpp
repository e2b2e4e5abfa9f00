#include "commands/commands.hpp"

int main(int argc, char** argv) { return hookferry::run({argv + 1, argv + argc}); }
