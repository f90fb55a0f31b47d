# Installation and the CMake package `find_package(Qnet)`.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/qnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY "${PROJECT_BINARY_DIR}/include/qnet" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)
install(DIRECTORY dialects/Qnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/qnet-dialects
  FILES_MATCHING PATTERN "*.td")
install(DIRECTORY runtime/include/qnet-runtime DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(cmake/QnetConfig.cmake.in
  "${PROJECT_BINARY_DIR}/QnetConfig.cmake"
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Qnet)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/QnetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/QnetConfig.cmake"
  "${PROJECT_BINARY_DIR}/QnetConfigVersion.cmake"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Qnet)
install(EXPORT QnetTargets NAMESPACE Qnet:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Qnet)
