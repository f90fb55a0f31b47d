# CMake functions of qnet.

# Interface target: how qnet's own C++ is compiled.
add_library(qnet_compile_options INTERFACE)
target_compile_options(qnet_compile_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
  -Wall -Wextra -Wno-unused-parameter -ffp-contract=off)
if(QNET_SANITIZE)
  add_compile_options(-fsanitize=${QNET_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${QNET_SANITIZE})
endif()

# MLIR's headers are not ours to warn about.
add_library(qnet_mlir_headers INTERFACE)
target_include_directories(qnet_mlir_headers SYSTEM INTERFACE
  ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})

# qnet_add_sources(FILE...): adds sources to the library Qnet.
function(qnet_add_sources)
  foreach(file IN LISTS ARGN)
    target_sources(Qnet PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
endfunction()

# qnet_add_tool(NAME FILE...): an executable on top of the library Qnet.
function(qnet_add_tool name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE Qnet qnet_compile_options)
  # An installed tool finds libQnet beside it, and MLIR where it was linked from.
  set_target_properties(${name} PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}"
    INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${name} EXPORT QnetTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# qnet_tablegen(TARGET SOURCE.td (OUTPUT ARGUMENTS)...): runs mlir-tblgen. Each
# OUTPUT is followed by one string of arguments.
function(qnet_tablegen target source)
  set(LLVM_TARGET_DEFINITIONS "${source}")
  set(rest ${ARGN})
  while(rest)
    list(POP_FRONT rest output arguments)
    separate_arguments(arguments)
    mlir_tablegen(${output} ${arguments} EXTRA_INCLUDES
      "${PROJECT_SOURCE_DIR}/dialects/Qnet" "${PROJECT_SOURCE_DIR}/include"
      ${MLIR_INCLUDE_DIRS})
  endwhile()
  add_public_tablegen_target(${target})
  set_property(GLOBAL APPEND PROPERTY QNET_TABLEGEN_TARGETS ${target})
endfunction()
