# Compiler flags, sanitizers, ccache and precompiled headers shared by every target.
find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

set(VANNA_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them: address,undefined or thread")

add_library(vanna_flags INTERFACE)
target_compile_options(vanna_flags INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor
                       -Wno-missing-field-initializers -fno-omit-frame-pointer
                       "SHELL:-Xclang -fno-pch-timestamp")
target_include_directories(vanna_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_link_options(vanna_flags INTERFACE -fuse-ld=lld-19)
target_compile_definitions(vanna_flags INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_BEAST_USE_STD_STRING_VIEW BOOST_ALL_NO_LIB VANNA_VERSION="${PROJECT_VERSION}")
if(VANNA_SANITIZE)
    target_compile_options(vanna_flags INTERFACE -fsanitize=${VANNA_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(vanna_flags INTERFACE -fsanitize=${VANNA_SANITIZE})
endif()

# A static library of every source below FOLDER (named as the layer), with the shared flags and precompiled header.
function(vanna_library FOLDER)
    cmake_parse_arguments(ARG "" "" "LINK;EXCLUDE" ${ARGN})
    file(GLOB_RECURSE SOURCES CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${FOLDER}/*.cpp)
    if(ARG_EXCLUDE)
        list(REMOVE_ITEM SOURCES ${ARG_EXCLUDE})
    endif()
    if(NOT SOURCES)
        add_library(vanna_${FOLDER} INTERFACE)
        target_link_libraries(vanna_${FOLDER} INTERFACE vanna_flags vanna_boost ${ARG_LINK})
        return()
    endif()
    add_library(vanna_${FOLDER} STATIC ${SOURCES})
    target_link_libraries(vanna_${FOLDER} PUBLIC vanna_flags vanna_boost ${ARG_LINK})
    target_precompile_headers(vanna_${FOLDER} REUSE_FROM vanna_boost)
endfunction()
