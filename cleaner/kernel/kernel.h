/* What the files of the kernel share. See __init__.py for what the kernel is. */

#ifndef CLEANER_KERNEL_H
#define CLEANER_KERNEL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* The functions of each file, as Python sees them. */
extern PyMethodDef gate_functions[];
extern PyMethodDef judge_functions[];

#endif
