# Finds the C++ Actor Framework, for which Debian ships neither a CMake package nor a pkg-config file.
#
#   find_package(CAF 0.17.6 REQUIRED COMPONENTS core io)
#
# Defines the targets CAF::core and CAF::io, and the variables CAF_FOUND and CAF_VERSION.
include(FindPackageHandleStandardArgs)

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" CAF_VERSION REGEX "^#define CAF_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+" CAF_VERSION "${CAF_VERSION}")
  if(CAF_VERSION)
    # MMmmpp: 1706 is 0.17.6
    math(EXPR CAF_MAJOR "${CAF_VERSION} / 10000")
    math(EXPR CAF_MINOR "${CAF_VERSION} / 100 % 100")
    math(EXPR CAF_PATCH "${CAF_VERSION} % 100")
    set(CAF_VERSION "${CAF_MAJOR}.${CAF_MINOR}.${CAF_PATCH}")
  endif()
endif()

set(CAF_LIBRARIES_WANTED)
foreach(component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${component}_LIBRARY caf_${component})
  mark_as_advanced(CAF_${component}_LIBRARY)
  list(APPEND CAF_LIBRARIES_WANTED CAF_${component}_LIBRARY)
endforeach()

find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR ${CAF_LIBRARIES_WANTED}
  VERSION_VAR CAF_VERSION)

if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(component IN LISTS CAF_FIND_COMPONENTS)
    if(NOT TARGET CAF::${component})
      add_library(CAF::${component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
    endif()
  endforeach()
  if(TARGET CAF::core)
    target_link_libraries(CAF::core INTERFACE Threads::Threads)
  endif()
  if(TARGET CAF::io AND TARGET CAF::core)
    target_link_libraries(CAF::io INTERFACE CAF::core)
  endif()
endif()
