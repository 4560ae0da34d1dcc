// SPDX-License-Identifier: MIT
//
// The one file that defines what the headers of lab only declare (core/compiled.hpp), but for models and
// tasks.
#define LOOPLAB_COMPILES_LAB 1
#include "looplab/inspect/linear_probe.hpp"
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/stats/fisher_exact.hpp"
#include "looplab/stats/pooled.hpp"
#include "looplab/stats/power.hpp"
#include "looplab/stats/saturation.hpp"
#include "looplab/stats/student_t.hpp"

namespace looplab {
template ProbeResult fit_probe(const ProbeRows<float>&, const ProbeRows<float>&, Index, double,
                               Seed);
}
