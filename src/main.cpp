#include "commands/context.hpp"

int main(int argc, char** argv) { return hookferry::commands::run({argv + 1, argv + argc}); }
