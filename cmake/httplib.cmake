# cpp-httplib >= 0.41, header only. Older releases let a request without end fill the memory
# (CVE-2025-46728, CVE-2025-52887, ...), so they are refused. Searched in this order:
#   1. an installed header, 2. the header scripts/deps placed in .deps, 3. upstream, by commit.
# Only a whole header counts: the one in Debian's libcpp-httplib-dev has its functions in a library
# that was built with options of its own.
set(STEWARD_HTTPLIB_MINIMUM 0.41.0)

# The version of a whole httplib.h; empty if it is split or not there.
function(steward_httplib_version header result)
  set(${result} "" PARENT_SCOPE)
  if(NOT EXISTS ${header})
    return()
  endif()
  file(STRINGS ${header} line REGEX "#define CPPHTTPLIB_VERSION \"")
  file(STRINGS ${header} whole REGEX "Implementation that will be part of the .cc file")
  if(whole)
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" version "${line}")
    set(${result} "${version}" PARENT_SCOPE)
  endif()
endfunction()

foreach(folder /usr/local/include /usr/include ${CMAKE_SOURCE_DIR}/.deps/include)
  steward_httplib_version(${folder}/httplib.h version)
  if(version AND version VERSION_GREATER_EQUAL STEWARD_HTTPLIB_MINIMUM)
    set(STEWARD_HTTPLIB_INCLUDE ${folder})
    set(STEWARD_HTTPLIB_FOUND ${version})
    break()
  endif()
endforeach()

if(NOT STEWARD_HTTPLIB_INCLUDE)
  include(FetchContent)
  FetchContent_Declare(httplib
    GIT_REPOSITORY https://github.com/yhirose/cpp-httplib.git
    GIT_TAG b8fe69e4e892ec394ca8de27ab2fe219008690b6  # v0.53.1
    SOURCE_SUBDIR none)
  FetchContent_MakeAvailable(httplib)
  set(STEWARD_HTTPLIB_INCLUDE ${httplib_SOURCE_DIR})
  steward_httplib_version(${httplib_SOURCE_DIR}/httplib.h STEWARD_HTTPLIB_FOUND)
endif()
message(STATUS "cpp-httplib ${STEWARD_HTTPLIB_FOUND} in ${STEWARD_HTTPLIB_INCLUDE}")

add_library(steward_httplib INTERFACE)
target_include_directories(steward_httplib SYSTEM INTERFACE ${STEWARD_HTTPLIB_INCLUDE})
target_compile_definitions(steward_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
target_link_libraries(steward_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
add_library(steward::httplib ALIAS steward_httplib)
