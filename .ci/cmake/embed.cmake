# vanna_embed(TARGET NAMESPACE FILES...): puts files into TARGET and generates NAMESPACE::files(), sorted by file name.
# The assembler reads them (.incbin), so that a change of a file assembles again and size costs no compile time.
function(vanna_embed TARGET NAMESPACE)
    set(PAIRS "")
    foreach(FILE IN LISTS ARGN)
        get_filename_component(PATH ${FILE} ABSOLUTE)
        get_filename_component(NAME ${FILE} NAME)
        list(APPEND PAIRS "${NAME}|${PATH}")
        list(APPEND PATHS ${PATH})
    endforeach()
    list(SORT PAIRS COMPARE NATURAL)

    string(REPLACE "::" "_" PREFIX ${NAMESPACE})
    set(NUMBER 0)
    foreach(PAIR IN LISTS PAIRS)
        string(REGEX MATCH "^([^|]+)[|](.+)$" _ "${PAIR}")
        set(SYMBOL ${PREFIX}_${NUMBER})
        string(APPEND BYTES "asm(\".section .rodata\\n${SYMBOL}_begin: .incbin \\\"${CMAKE_MATCH_2}\\\"\\n"
                            "${SYMBOL}_end: .byte 0\\n.previous\");\n")
        string(APPEND NAMES "extern char const ${SYMBOL}_begin[] asm(\"${SYMBOL}_begin\");\n"
                            "extern char const ${SYMBOL}_end[] asm(\"${SYMBOL}_end\");\n")
        string(APPEND ROWS "        {\"${CMAKE_MATCH_1}\", {${SYMBOL}_begin, std::size_t(${SYMBOL}_end - ${SYMBOL}_begin)}},\n")
        math(EXPR NUMBER "${NUMBER} + 1")
    endforeach()

    set(SOURCE ${CMAKE_BINARY_DIR}/embedded/${PREFIX}.cpp)
    file(CONFIGURE OUTPUT ${SOURCE} @ONLY CONTENT [[
#include <span>

#include "core/embedded_file.hpp"

@BYTES@@NAMES@
namespace @NAMESPACE@ {
std::span<vanna::embedded_file const> files() {
    static vanna::embedded_file const all[] = {
@ROWS@    };
    return all;
}
}  // namespace @NAMESPACE@
]])
    set_source_files_properties(${SOURCE} PROPERTIES OBJECT_DEPENDS "${PATHS}")
    target_sources(${TARGET} PRIVATE ${SOURCE})
endfunction()
