# vinkki_embed(<target> <namespace::Function> ROOT <folder> FILES <path>...): puts files into a
# library. The target gets `std::span<const vinkki::Asset> namespace::Function()` (base/asset.h):
# each FILE, named by its path from ROOT, as it is, with gzip -9 and brotli 11, content type, ETag.
# Declare the function where it is used; a test may compare it with the folder.
find_program(VINKKI_GZIP gzip REQUIRED)
find_program(VINKKI_BROTLI brotli REQUIRED)

function(vinkki_embed target function)
  cmake_parse_arguments(EMBED "" "ROOT" "FILES" ${ARGN})
  string(REPLACE "::" "_" name ${function})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embed/${name})
  set(inputs ${EMBED_FILES})
  list(TRANSFORM inputs PREPEND ${EMBED_ROOT}/)
  string(REPLACE ";" "|" files "${EMBED_FILES}")
  add_custom_command(
    OUTPUT ${out}.cc
    COMMAND ${CMAKE_COMMAND} -DROOT=${EMBED_ROOT} -DFILES=${files} -DOUT=${out}
            -DFUNCTION=${function} -DGZIP=${VINKKI_GZIP} -DBROTLI=${VINKKI_BROTLI}
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedWrite.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/EmbedWrite.cmake
    COMMENT "Embedding ${function}" VERBATIM)
  target_sources(${target} PRIVATE ${out}.cc)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()
