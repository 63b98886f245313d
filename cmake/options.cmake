# Warnings, hardening and sanitizers, as one interface target every room links.
add_library(steward_options INTERFACE)

target_compile_options(steward_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(steward_options INTERFACE _FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  target_link_options(steward_options INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
    target_compile_options(steward_options INTERFACE -fcf-protection=full -fstack-clash-protection)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # A false alarm about "text" + std::string (GCC bug 105651).
  target_compile_options(steward_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A room is compiled as one file that includes its files: gcc then takes what is a file's own
  # for a header's.
  target_compile_options(steward_options INTERFACE -Wno-subobject-linkage)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

if(STEWARD_SANITIZE)
  target_compile_options(steward_options INTERFACE -fsanitize=${STEWARD_SANITIZE}
    -fno-sanitize-recover=all)
  target_link_options(steward_options INTERFACE -fsanitize=${STEWARD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # gcc 12 sees ghosts in std::regex when it instruments
    target_compile_options(steward_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND STEWARD_SANITIZE MATCHES "undefined"
     AND NOT STEWARD_FUZZ)
    # clang's runtime sees through a pipe whether an object may be read; without descriptors, which
    # the tests take away, it calls every object broken. The fuzz targets keep this check.
    target_compile_options(steward_options INTERFACE -fno-sanitize=vptr)
  endif()
endif()

if(STEWARD_FUZZ)  # the fuzzer sees where an input leads, in every room
  target_compile_options(steward_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(STEWARD_CCACHE ccache)
if(STEWARD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${STEWARD_CCACHE})
endif()
find_program(STEWARD_MOLD mold)
if(STEWARD_MOLD AND NOT STEWARD_SANITIZE)
  target_link_options(steward_options INTERFACE -fuse-ld=mold)
endif()
