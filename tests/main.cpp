// SPDX-License-Identifier: MIT
// The main function of every test binary.
#if !__has_include(<catch2/catch_all.hpp>)  // version 3 brings its own main
#define CATCH_CONFIG_MAIN
#endif
#include "support/catch.hpp"
