# A room is one folder of include/steward, src and tests: a static library and its unit tests.
#   steward_room(stats USES steward_base)
# builds src/stats/*.cpp into steward_stats.
function(steward_room name)
  cmake_parse_arguments(ROOM "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    add_library(steward_${name} INTERFACE)
    target_link_libraries(steward_${name} INTERFACE ${ROOM_USES})
    target_include_directories(steward_${name} INTERFACE ${CMAKE_SOURCE_DIR}/include)
    return()
  endif()
  add_library(steward_${name} STATIC ${sources})
  target_include_directories(steward_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(steward_${name} PUBLIC ${ROOM_USES} PRIVATE steward_options)
endfunction()

# steward_room_tests(stats) builds tests/stats/*_test.cpp into test_stats and registers each case.
function(steward_room_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE
    STEWARD_FIXTURES="${CMAKE_SOURCE_DIR}/tests/fixtures")
  target_link_libraries(test_${name} PRIVATE steward_${name} Catch2::Catch2WithMain steward_options)
  # Everybody plays the same random lives; RC_PARAMS="max_success=5000" plays others, by hand.
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: "
    PROPERTIES LABELS unit ENVIRONMENT "RC_PARAMS=seed=20261129")
endfunction()
