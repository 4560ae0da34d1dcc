# cmake -D ROOT=<repository> -P check_layers.cmake
# Reads every header and fails, naming file and rule, if one of these rules is broken:
# a layer includes only itself and lower layers; each third-party dependency is used only in its
# files; each header has a test; base names are unique; looplab.hpp includes everything except lab
# and stats.
cmake_minimum_required(VERSION 3.24)

# A layer may include itself and these lower layers.
set(may_core "")
set(may_io core)
set(may_kernels core)
set(may_autograd core kernels)
set(may_nn core kernels autograd)
set(may_models core kernels autograd nn)
set(may_tasks core io)
set(may_inspect core io kernels autograd nn models)
set(may_stats core)
set(may_train core io kernels autograd nn models tasks inspect)
set(may_lab core io kernels autograd nn models tasks inspect stats train)
# Layers outside the umbrella header, with dependencies of their own.
set(beside_umbrella lab stats)
# Read only by programs that compile parts of the library apart.
set(not_in_umbrella autograd/compiled_operations.hpp core/compiled.hpp)

set(max_lines 400)
# Headers tested by a shared test: <header>=<test>.
set(tested_in "autograd/compiled_operations.hpp=tests/structure/consumer.sh"
    "autograd/ops_math.hpp=tests/autograd/operations_test.cpp" # one table of operations
    "autograd/ops_nn.hpp=tests/autograd/operations_test.cpp"
    "autograd/ops_pointwise.hpp=tests/autograd/operations_test.cpp"
    "core/compiled.hpp=experiments/looplab/config.cpp"
    "lab/commands/all_commands.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/claim_selection.hpp=tests/lab/commands/reproduce_test.cpp"
    "lab/commands/command.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/evaluate_run.hpp=tests/lab/commands/train_run_test.cpp"
    "lab/commands/list_claims.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/list_tasks.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/making_commands.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/reading_commands.hpp=tests/lab/commands/program_test.cpp"
    "lab/commands/metrics_text.hpp=tests/lab/commands/train_run_test.cpp"
    "lab/commands/own_program.hpp=examples/140_extend_the_lab.cpp"
    "lab/verdicts/endpoint_row.hpp=tests/lab/verdicts/endpoint_verdict_test.cpp"
    "lab/registry/built_in_tasks.hpp=tests/lab/registry/task_registry_test.cpp"
    "lab/registry/models/looped_transformer_model.hpp=tests/lab/registry/models/any_model_test.cpp"
    "lab/registry/models/model_of.hpp=tests/lab/registry/models/any_model_test.cpp"
    "lab/registry/models/own_model_of.hpp=tests/lab/registry/models/own_model_test.cpp")

set(bad "")
macro(blame)
  string(APPEND bad "  " ${ARGN} "\n")
endmacro()

# only_in(<what> <regex of lines> <regex of files that may have them> <file>...)
function(only_in what line_regex home_regex)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${ROOT}/${file} lines REGEX "${line_regex}")
    if(lines AND NOT file MATCHES "${home_regex}")
      blame("${file}: ${what} may be used in ${home_regex} only")
    endif()
  endforeach()
  set(bad "${bad}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE headers RELATIVE ${ROOT} ${ROOT}/include/looplab/*/*.hpp)
file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/tests/*.[ch]pp ${ROOT}/examples/*.cpp
     ${ROOT}/experiments/*.cpp)
if(NOT headers)
  blame("${ROOT}: no headers found")
endif()

# --- where each dependency may be used ----------------------------------------------------------------
only_in("OpenMP threads" "^ *#pragma omp +[^s ]|[^a-z_]omp_[a-z_]+\\(|<omp\\.h>"
        "^include/looplab/core/parallel\\.hpp$" ${headers})
only_in("oneDNN" "dnnl(::|_|\\.h)" "^include/looplab/kernels/onednn\\.hpp$" ${headers})
only_in("Boost" "boost(::|/)" "^include/looplab/(lab|stats)/" ${headers})
only_in("nlohmann/json" "nlohmann(::|/)" "^include/looplab/(io|lab)/" ${headers})
only_in("Catch2" "#include *[<\"]catch2/" "^tests/support/catch\\.hpp$" ${headers} ${sources})

set(names "")
set(door "")
if(EXISTS ${ROOT}/include/looplab/looplab.hpp)
  file(STRINGS ${ROOT}/include/looplab/looplab.hpp door REGEX "#include \"looplab/")
else()
  blame("include/looplab/looplab.hpp is missing")
endif()
foreach(header IN LISTS headers)
  string(REGEX REPLACE "^include/looplab/" "" short ${header})
  string(REGEX REPLACE "/.*" "" layer ${short})
  string(REGEX REPLACE "\\.hpp$" "_test.cpp" test "tests/${short}")
  foreach(pair IN LISTS tested_in)
    if(pair MATCHES "^${short}=(.*)$")
      set(test ${CMAKE_MATCH_1})
    endif()
  endforeach()

  # --- includes ----------------------------------------------------------------------------------
  if(NOT DEFINED may_${layer})
    blame("${header}: ${layer} is not a layer")
  endif()
  file(STRINGS ${ROOT}/${header} includes REGEX "^ *# *include *(\"|<looplab/)")
  foreach(line IN LISTS includes)
    if(line MATCHES "[\"<]looplab/([a-z]+)/")
      if(NOT CMAKE_MATCH_1 STREQUAL layer AND NOT CMAKE_MATCH_1 IN_LIST may_${layer})
        blame("${header}: ${layer} may not include ${CMAKE_MATCH_1}")
      endif()
    elseif(NOT line MATCHES "\"looplab/version\\.hpp\"")
      blame("${header}: write includes in full, as \"looplab/<layer>/<name>.hpp\": ${line}")
    endif()
  endforeach()

  # --- form, test, unique name, umbrella header --------------------------------------
  file(READ ${ROOT}/${header} text)
  if(NOT text MATCHES "^// SPDX-License-Identifier: MIT\n" OR NOT text MATCHES "\n#pragma once\n")
    blame("${header}: begins with the SPDX line and has #pragma once")
  endif()
  string(REGEX REPLACE "[^\n]" "" line_ends "${text}")
  string(LENGTH "${line_ends}" num_lines)
  if(num_lines GREATER max_lines)
    blame("${header}: ${num_lines} lines, at most ${max_lines} expected")
  endif()
  if(NOT EXISTS ${ROOT}/${test})
    blame("${header}: ${test} is missing")
  endif()
  get_filename_component(name ${header} NAME)
  if(name IN_LIST names)
    blame("${header}: another header is called ${name}")
  endif()
  list(APPEND names ${name})
  if(NOT layer IN_LIST beside_umbrella AND NOT short IN_LIST not_in_umbrella AND NOT "#include \"looplab/${short}\"" IN_LIST door)
    blame("${header}: looplab.hpp does not include it")
  endif()
endforeach()
if(door MATCHES "looplab/(lab|stats)/")
  blame("include/looplab/looplab.hpp: may not include ${CMAKE_MATCH_1}")
endif()

if(bad)
  message(FATAL_ERROR "The structure is broken:\n${bad}")
endif()
