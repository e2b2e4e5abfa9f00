# The Debian package, made by CPack (see scripts/package).
set(DEBIAN_REVISION 1)
set(DEBIAN_VERSION ${PROJECT_VERSION}-${DEBIAN_REVISION})

# CMake heeds SOURCE_DATE_EPOCH here, so that a package made twice from the same sources is the same package.
string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(configs/packaging/changelog.Debian.in ${CMAKE_BINARY_DIR}/generated/changelog.Debian @ONLY)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/generated/changelog.gz ${CMAKE_BINARY_DIR}/generated/changelog.Debian.gz
  COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${CMAKE_BINARY_DIR}/generated/changelog.gz
  COMMAND ${GZIP} -9nc ${CMAKE_BINARY_DIR}/generated/changelog.Debian > ${CMAKE_BINARY_DIR}/generated/changelog.Debian.gz
  DEPENDS CHANGELOG.md ${CMAKE_BINARY_DIR}/generated/changelog.Debian
  VERBATIM)
add_custom_target(changelogs ALL DEPENDS ${CMAKE_BINARY_DIR}/generated/changelog.Debian.gz)
set(DOC ${CMAKE_INSTALL_DATADIR}/doc/hookferry)
install(FILES ${CMAKE_BINARY_DIR}/generated/changelog.gz ${CMAKE_BINARY_DIR}/generated/changelog.Debian.gz
        DESTINATION ${DOC} COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES configs/packaging/copyright DESTINATION ${DOC} COMPONENT debian EXCLUDE_FROM_ALL)

# The bill of materials is of the binary as the package has it: stripped.
install(CODE "
  execute_process(COMMAND ${CMAKE_STRIP} -o ${CMAKE_BINARY_DIR}/generated/hookferry ${CMAKE_BINARY_DIR}/hookferry
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/sbom ${CMAKE_BINARY_DIR}/generated/hookferry
                  OUTPUT_FILE ${CMAKE_BINARY_DIR}/generated/sbom.cdx.json COMMAND_ERROR_IS_FATAL ANY)"
        COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_BINARY_DIR}/generated/sbom.cdx.json DESTINATION ${DOC} COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hookferry)
set(CPACK_PACKAGE_CONTACT "The hookferry authors <hookferry@example.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "move webhooks between accounts of an observability service")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
# All in one package, and what only Debian wants with it.
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${DEBIAN_REVISION})
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "hookferry moves webhooks (Slack, PagerDuty, sendlog and the like) between
accounts of Coralogix, across regions: it shows what would change, writes it
in bulk exactly once whatever the network does, reads it back, and can take
it back. Whatever need not change stays as it is, to the byte.")
include(CPack)
