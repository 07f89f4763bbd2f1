# The build step of vinkki_embed: ROOT, FILES (with | between), OUT, FUNCTION, GZIP, BROTLI.
# Writes OUT.cc, which takes the bytes in with .incbin, and the compressed files under OUT/.
string(REPLACE "|" ";" FILES "${FILES}")
list(SORT FILES)
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_json "application/json")
set(type_txt "text/plain; charset=utf-8")
set(type_yml "text/plain; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_jpg "image/jpeg")
set(type_webp "image/webp")
set(type_ico "image/x-icon")
set(type_woff2 "font/woff2")
set(type_webmanifest "application/manifest+json")

# Sets `symbol` to a symbol with the file's bytes, adding to the variables asm and externs.
macro(take_in symbol file)
  string(APPEND asm "    \".global ${symbol}\\n${symbol}:\\n\"\n"
    "    \".incbin \\\"${file}\\\"\\n\"\n"
    "    \".global ${symbol}_end\\n${symbol}_end:\\n.byte 0\\n\"\n")
  string(APPEND externs "extern const char ${symbol}[], ${symbol}_end[];\n")
endmacro()

string(REPLACE "::" "_" name ${FUNCTION})
set(asm "")
set(externs "")
set(rows "")
set(index 0)
foreach(path ${FILES})
  set(file ${ROOT}/${path})
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: no content type for .${extension}; add it to EmbedWrite.cmake")
  endif()
  get_filename_component(folder ${OUT}/${path} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  execute_process(COMMAND ${GZIP} -9nc ${file} OUTPUT_FILE ${OUT}/${path}.gz
    COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${BROTLI} -q 11 -c ${file} OUTPUT_FILE ${OUT}/${path}.br
    COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 20 hash)
  file(SIZE ${file} size)
  set(symbol ${name}_${index})
  take_in(${symbol} ${file})
  set(row "{\"${path}\", \"${type_${extension}}\", \"\\\"${hash}\\\"\", Bytes(${symbol}, ${symbol}_end)")
  foreach(form gz br)
    file(SIZE ${OUT}/${path}.${form} smaller)
    if(smaller LESS size)
      take_in(${symbol}_${form} ${OUT}/${path}.${form})
      string(APPEND row ", Bytes(${symbol}_${form}, ${symbol}_${form}_end)")
    else()
      string(APPEND row ", {}")
    endif()
  endforeach()
  string(APPEND rows "    ${row}},\n")
  math(EXPR index "${index} + 1")
endforeach()

string(REGEX REPLACE "::[A-Za-z0-9_]+$" "" namespace ${FUNCTION})
string(REGEX REPLACE "^.*::" "" function ${FUNCTION})
file(WRITE ${OUT}.cc "// Written by cmake/EmbedWrite.cmake.
#include \"base/asset.h\"

asm(\".section .rodata\\n\"
${asm}    \".text\\n\");

extern \"C\" {
${externs}}

namespace ${namespace} {

std::span<const vinkki::Asset> ${function}();

std::span<const vinkki::Asset> ${function}() {
  constexpr auto Bytes = [](const char* begin, const char* end) {
    return std::string_view(begin, static_cast<size_t>(end - begin));
  };
  static const vinkki::Asset assets[] = {
${rows}  };
  return assets;
}

}  // namespace ${namespace}
")
