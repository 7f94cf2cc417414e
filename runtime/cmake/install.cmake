# Installs the layers, so that another project needs find_package(bennu) and bennu::bennu, or one layer of it.
# Public headers only: nothing below internal/ is part of the interface, nor is runtime/tls/, which layers share.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/bennu")
set(targets bennu)
foreach(part IN LISTS BENNU_LAYERS ITEMS jwt testing)
  if(TARGET bennu_${part})
    list(APPEND targets bennu_${part})
  endif()
endforeach()

install(TARGETS ${targets} EXPORT bennu ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT bennu NAMESPACE bennu:: FILE bennuTargets.cmake DESTINATION "${package_dir}")

foreach(layer IN LISTS BENNU_LAYERS)
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/${layer}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/bennu/${layer}"
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN "internal" EXCLUDE
    PATTERN "tls" EXCLUDE
    PATTERN "cmake" EXCLUDE)
endforeach()

# The JavaScript module for pages, as an npm package.
install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/channels/js/" DESTINATION "${CMAKE_INSTALL_DATADIR}/bennu/js"
  PATTERN "node_modules" EXCLUDE)

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/bennuConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/bennuConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/bennuConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/bennuConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/bennuConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/FindCAF.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/FindHiredis.cmake"
  DESTINATION "${package_dir}")
