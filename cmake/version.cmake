# The version of project() and the commit, for base/version.cpp alone: nothing else is compiled
# again for a new commit.
set(STEWARD_REVISION "unknown")
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=12
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE described ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(described)
    set(STEWARD_REVISION ${described})
  endif()
endif()
set_source_files_properties(src/base/version.cpp PROPERTIES COMPILE_DEFINITIONS
  "STEWARD_VERSION=\"${PROJECT_VERSION}\";STEWARD_REVISION=\"${STEWARD_REVISION}\"")
