# What `cmake --install` and a package put where. The manual page is made by the binary itself.
include(GNUInstallDirs)
find_program(GZIP gzip REQUIRED)

# Debian's own packages have their zsh functions elsewhere than what is installed by hand.
set(HOOKFERRY_ZSH_FUNCTIONS "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING "Where zsh looks for completions")

set(MANUAL ${CMAKE_BINARY_DIR}/generated/hookferry.1)
add_custom_command(
  OUTPUT ${MANUAL}.gz
  COMMAND $<TARGET_FILE:hookferry> manual > ${MANUAL}
  COMMAND ${GZIP} -9nf ${MANUAL}
  DEPENDS hookferry
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${MANUAL}.gz)

install(TARGETS hookferry RUNTIME)
install(FILES ${MANUAL}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES src/cli/completions/hookferry.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME hookferry)
install(FILES src/cli/completions/hookferry.zsh DESTINATION ${HOOKFERRY_ZSH_FUNCTIONS} RENAME _hookferry)
install(FILES src/cli/completions/hookferry.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES configs/regions.json DESTINATION ${CMAKE_INSTALL_DATADIR}/hookferry)
install(FILES configs/hookferry.example.ini configs/hookferry.cron
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hookferry/examples)
include(cmake/debian.cmake)
