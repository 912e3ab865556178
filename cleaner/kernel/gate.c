/* The gate in C: does what `rules.match.gate` does with numpy. */

#include "kernel.h"

PyMethodDef gate_functions[] = {{NULL, NULL, 0, NULL}};
