# The gzip encoder of http/gzip.cpp: ISA-L where it is found, else zlib. On a page of 10,000
# servers (44 MB) ISA-L's level 1 takes 18 ms and 2.9 MB, zlib's 80 ms and 3.1 MB
# (tests/bench/gzip_bench.cpp). Both write one gzip member.
set(STEWARD_GZIP "auto" CACHE STRING "gzip encoder: auto, isal or zlib")
set_property(CACHE STEWARD_GZIP PROPERTY STRINGS auto isal zlib)

add_library(steward_compression INTERFACE)
if(STEWARD_GZIP STREQUAL "auto")
  pkg_check_modules(ISAL QUIET IMPORTED_TARGET libisal>=2.30)
elseif(STEWARD_GZIP STREQUAL "isal")
  pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal>=2.30)
endif()

if(STEWARD_GZIP STREQUAL "zlib" OR NOT ISAL_FOUND)
  find_package(ZLIB REQUIRED)
  target_link_libraries(steward_compression INTERFACE ZLIB::ZLIB)
  message(STATUS "gzip with zlib ${ZLIB_VERSION_STRING}")
else()
  target_link_libraries(steward_compression INTERFACE PkgConfig::ISAL)
  target_compile_definitions(steward_compression INTERFACE STEWARD_GZIP_ISAL)
  message(STATUS "gzip with ISA-L ${ISAL_VERSION}")
endif()
add_library(steward::compression ALIAS steward_compression)
