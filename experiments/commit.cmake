# cmake -D ROOT=<repository> -D OUT=<header> -P commit.cmake
# Writes LOOPLAB_COMMIT: the short commit, "-dirty" if tracked files differ, "unknown" outside git.
execute_process(COMMAND git -C ${ROOT} describe --always --dirty --exclude=* --abbrev=10
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed OR NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define LOOPLAB_COMMIT \"${commit}\"\n")
