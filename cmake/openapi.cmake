# src/http/openapi.yaml becomes a string within the program.
set(openapi_yaml ${CMAKE_SOURCE_DIR}/src/http/openapi.yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${openapi_yaml})
file(READ ${openapi_yaml} OPENAPI_TEXT)
# Compilers need not take literals of more than 64 KiB.
string(LENGTH "${OPENAPI_TEXT}" openapi_length)
if(openapi_length GREATER 60000)
  message(FATAL_ERROR "src/http/openapi.yaml is too long to be one literal")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/openapi.cpp.in ${CMAKE_BINARY_DIR}/generated/openapi.cpp @ONLY)
target_sources(steward_http PRIVATE ${CMAKE_BINARY_DIR}/generated/openapi.cpp)
