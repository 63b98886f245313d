# The gzip encoder of http/gzip.cpp; scripts/bench compares the candidates.
find_package(ZLIB REQUIRED)
add_library(steward::compression ALIAS ZLIB::ZLIB)
