function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${work_dir}/prefix" "${work_dir}/build")
run("${CMAKE_COMMAND}" --install "${build_dir}" --prefix "${work_dir}/prefix")

file(GLOB_RECURSE headers RELATIVE "${work_dir}/prefix" "${work_dir}/prefix/include/*")
list(FILTER headers INCLUDE REGEX "/internal/|[.]cpp$")
if(headers)
  message(FATAL_ERROR "not for users, yet installed: ${headers}")
endif()

file(READ "${work_dir}/prefix/share/bennu/js/package.json" package)
string(JSON main GET "${package}" main)
if(NOT EXISTS "${work_dir}/prefix/share/bennu/js/${main}")
  message(FATAL_ERROR "the JavaScript module is not installed")
endif()

set(flags)
if(sanitize)
  set(flags "-DCMAKE_CXX_FLAGS=-fsanitize=${sanitize}")
endif()
run("${CMAKE_COMMAND}" -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}/project" -B "${work_dir}/build"
  "-DCMAKE_PREFIX_PATH=${work_dir}/prefix" "-DCMAKE_BUILD_TYPE=${build_type}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" ${flags})
run("${CMAKE_COMMAND}" --build "${work_dir}/build")
foreach(program payload server tokens room_test plain_test)
  run("${work_dir}/build/${program}")
endforeach()
