# Finds MLIR and LLVM 22 and their shared libraries.
#
# Tools link to the two shared libraries only: a tool that carried MLIR statically
# would hold a second registry of types and could not load plugins.

find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "qnet needs MLIR 22, found ${LLVM_VERSION} in ${MLIR_DIR}; "
    "set -DMLIR_DIR=<prefix>/lib/cmake/mlir")
endif()
if(NOT TARGET MLIR OR NOT TARGET LLVM)
  message(FATAL_ERROR "the MLIR in ${MLIR_DIR} has no shared libraries libMLIR and libLLVM")
endif()
message(STATUS "MLIR ${LLVM_VERSION} in ${MLIR_DIR}")

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
