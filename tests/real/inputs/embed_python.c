/* SPDX-License-Identifier: MIT */
/*
 * A program with libpython in it, and leaks in known places.  Says on stdout what it
 * has planted: function, kind, blocks.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif

struct record {
	char *name, *value;
};

/* A reference too many: the object is never given back. */
static NOINLINE void forget_object(Py_ssize_t size)
{
	PyObject *o = PyBytes_FromStringAndSize(NULL, size);
	Py_XINCREF(o);
	Py_XDECREF(o);
}

/* A buffer of Python's raw allocator with two strings of libc's hanging off it. */
static NOINLINE void forget_record(void)
{
	struct record *r = PyMem_RawMalloc(sizeof *r);
	if (r) {
		r->name = strdup("a name of its own");
		r->value = strdup("and a value");
	}
}

/* Called from Python: allocates, hands back a number, keeps nothing. */
static NOINLINE PyObject *forget_in_callback(PyObject *self, PyObject *args)
{
	long n = 0;
	(void)self;
	if (!PyArg_ParseTuple(args, "l", &n))
		return NULL;
	/* all of it written to: what the heap holds from before would lead to other blocks */
	volatile char *p = malloc(100 + (size_t)n);
	for (long i = 0; p && i < 100 + n; i++)
		p[i] = (char)n;
	return PyLong_FromLong(p ? p[0] : -1);
}

/* The same, done right. */
static PyObject *give_back(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	free(malloc(100));
	return PyBytes_FromString("given back");
}

static PyMethodDef methods[] = {{"forget", forget_in_callback, METH_VARARGS, NULL},
				{"give_back", give_back, METH_VARARGS, NULL},
				{NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "planted", NULL, -1, methods, NULL, NULL, NULL, NULL};

static PyObject *make_module(void)
{
	return PyModule_Create(&module);
}

int main(void)
{
	/* a buffer that libc takes from the heap would hold what was there before */
	static char output[BUFSIZ];
	setvbuf(stdout, output, _IOFBF, sizeof output);
	PyPreConfig pre;
	PyConfig config;
	PyPreConfig_InitIsolatedConfig(&pre);
	pre.allocator = PYMEM_ALLOCATOR_MALLOC;
	if (PyStatus_Exception(Py_PreInitialize(&pre)) ||
	    PyImport_AppendInittab("planted", make_module) < 0)
		return 2;
	PyConfig_InitIsolatedConfig(&config);
	config.site_import = 0;
	if (PyStatus_Exception(Py_InitializeFromConfig(&config)))
		return 2;
	PyConfig_Clear(&config);
	for (int i = 0; i < 3; i++)
		forget_object(5000 + i);
	for (int i = 0; i < 4; i++)
		forget_record();
	int status = PyRun_SimpleString(
		"import planted\n"
		"kept = {i: 'x' * i for i in range(500)}\n"
		"total = sum(planted.forget(i) for i in range(7))\n"
		"assert total == 21 and all(planted.give_back() for i in range(50))\n");
	if (Py_FinalizeEx() < 0 || status)
		return 2;
	puts("forget_object 3\nforget_record 12\nforget_in_callback 7");
	return 0;
}
