# Writes the file INPUT as C++ to OUTPUT: FUNCTION of namespace hookferry::ROOM gives its text. A literal longer than 65,535 bytes may not compile
# everywhere, so that it is written in parts.
file(READ "${INPUT}" REST)
set(LITERALS "")
string(LENGTH "${REST}" LENGTH)
while(LENGTH GREATER 0)
  string(SUBSTRING "${REST}" 0 16000 PART)
  string(LENGTH "${PART}" TAKEN)
  string(SUBSTRING "${REST}" ${TAKEN} -1 REST)
  string(LENGTH "${REST}" LENGTH)
  string(APPEND LITERALS "\n    R\"embedded(${PART})embedded\"")
endwhile()
file(WRITE "${OUTPUT}"
     "#include <string_view>\n\nnamespace hookferry::${ROOM} {\nstd::string_view ${FUNCTION}();\nstd::string_view ${FUNCTION}() {\n  return${LITERALS};\n}\n}  // namespace hookferry::${ROOM}\n")
