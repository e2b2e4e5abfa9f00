# Writes INPUT as a C++ raw string literal to OUTPUT.
file(READ "${INPUT}" TEXT)
file(WRITE "${OUTPUT}" "#include \"region/region_table.hpp\"\n\nnamespace hookferry {\nstd::string_view builtin_regions_json() {\n  return R\"regions(${TEXT})regions\";\n}\n}  // namespace hookferry\n")
