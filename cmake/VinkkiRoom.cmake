# vinkki_room(<name> [ROOMS <room>...] [LIBRARIES <library>...]): the static library vinkki_<name>
# of every .cc in the folder. ROOMS are the arrows that tests/layering holds; LIBRARIES stay private, because
# each third-party library is included by a .cc only.
function(vinkki_room name)
  cmake_parse_arguments(ROOM "" "" "ROOMS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_library(vinkki_${name} STATIC ${sources})
  target_include_directories(vinkki_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  foreach(room ${ROOM_ROOMS})
    if(TARGET vinkki_${room})  # a room of headers only has none
      target_link_libraries(vinkki_${name} PUBLIC vinkki_${room})
    endif()
  endforeach()
  target_link_libraries(vinkki_${name} PRIVATE ${ROOM_LIBRARIES} PUBLIC Threads::Threads)
endfunction()
