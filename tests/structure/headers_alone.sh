#!/usr/bin/env bash
# headers_alone.sh FOLDER COMPILER FLAG...: every header under FOLDER/looplab compiles when it is the first include.
#
# One call of the compiler checks a chain of headers. Each header of a chain includes, directly or indirectly, all
# headers before it in the chain, so these provide nothing that it does not include itself. About 50 chains cover the
# 160 headers.
set -euo pipefail
folder=$1
shift
cd "$folder"

# Prints the chains, one per line, as -include options. Headers are taken in the order of the number of headers that they
# include; each is appended to the longest chain it may follow (the one whose last header includes the most).
chains() {
  find looplab -name '*.hpp' | LC_ALL=C sort | xargs awk '
    FNR == 1 { headers[++n] = FILENAME }
    /^#include "looplab\// { split($2, part, "\""); includes[FILENAME] = includes[FILENAME] " " part[2] }
    function visit(top, header,   parts, count, i) {  # marks all below top
      count = split(includes[header], parts, " ")
      for (i = 1; i <= count; i++)
        if (!((top, parts[i]) in below)) {
          below[top, parts[i]] = 1
          ++size[top]
          visit(top, parts[i])
        }
    }
    END {
      for (i = 1; i <= n; i++) visit(headers[i], headers[i])
      for (s = 0; s < n; s++)
        for (i = 1; i <= n; i++)
          if (size[headers[i]] + 0 == s) {
            best = 0
            for (c = 1; c <= chains; c++)
              if ((headers[i], last[c]) in below && (!best || size[last[c]] > size[last[best]])) best = c
            if (!best) best = ++chains
            last[best] = headers[i]
            line[best] = line[best] " -include " headers[i]
          }
      for (c = 1; c <= chains; c++) print line[c]
    }'
}
chains | xargs -P 2 -L 1 "$@" -I. -fsyntax-only -x c++ /dev/null
