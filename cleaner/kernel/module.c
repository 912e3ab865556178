/* The module `cleaner.kernel._compiled`: the functions of the other files of the kernel. */

#include "kernel.h"

static int add_functions(PyObject *module)
{
    if (PyModule_AddFunctions(module, gate_functions) < 0)
        return -1;
    return PyModule_AddFunctions(module, judge_functions);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, add_functions}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_compiled", "The compiled kernel, see `cleaner.kernel`.", 0, NULL, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__compiled(void)
{
    return PyModuleDef_Init(&definition);
}
