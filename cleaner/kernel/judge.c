/* The judge in C, as Python sees it: takes buffers apart, checks their sizes, and has the other files do the work.

    lines.c     text -> records: `judge.features.read_shapes` and `judge.model.word_inputs`
    places.c    records -> inputs of place: `judge.features.place_inputs`
    net.c       records and inputs -> scores: `judge.model.Net`
    decide.c    records and scores -> the lines that go: `judge.decide` */

#include "net.h"

#include <string.h>

#define UNITS 65536           /* code units there are */
#define BUCKETS_IN_ALL 131072 /* of tokens, all families */
#define MAX_LINE_UNITS 20000  /* of a line: MAX_LINE_CHARS characters of two units each */
#define LINK_STEPS 8
#define MAX_STEPS 10000 /* of a score that a limit may be, either way */

/* Reports what does not fit together. */
static void *wrong(const char *what)
{
    PyErr_SetString(PyExc_ValueError, what);
    return NULL;
}

/* Whether a buffer has whole items of a size, and stands where the processor can read them. */
static int has_items(const Py_buffer *view, size_t size, size_t alignment)
{
    return (size_t)view->len % size == 0 && (view->len == 0 || (uintptr_t)view->buf % alignment == 0);
}

/* Whether a buffer has so many items of a size. */
static int has_count(const Py_buffer *view, size_t count, size_t size, size_t alignment)
{
    return has_items(view, size, alignment) && (size_t)view->len / size == count;
}

static int has_lines(const Py_buffer *view)
{
    return has_items(view, sizeof(struct line), 4);
}

static size_t count_lines(const Py_buffer *view)
{
    return (size_t)view->len / sizeof(struct line);
}

static void release(Py_buffer *views, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PyBuffer_Release(&views[i]);
}

static PyObject *new_bytes(size_t size)
{
    return PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
}

/* Counts the lines of a text; returns 0 if one is too long or the last does not end. */
static int measure_text(const uint16_t *text, size_t size, size_t *lines)
{
    size_t begin = 0;
    *lines = 0;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\n') {
            if (i - begin > MAX_LINE_UNITS)
                return 0;
            begin = i + 1;
            ++*lines;
        }
    return begin == size;
}

static PyObject *read_text(const Py_buffer *text, uint32_t first, const struct tables *tables)
{
    size_t units = (size_t)text->len / 2, count;
    if (!has_items(text, 2, 2) || !measure_text(text->buf, units, &count))
        return wrong("text: not of lines that end with line feeds and are short enough");
    struct line *lines = allocate(count, sizeof *lines);
    if (!lines)
        return PyErr_NoMemory();
    size_t filled = read_lines(tables, text->buf, units, first, lines);
    PyObject *result = PyBytes_FromStringAndSize((const char *)lines, (Py_ssize_t)(filled * sizeof *lines));
    PyMem_Free(lines);
    return result;
}

static PyObject *py_read_lines(PyObject *module, PyObject *args)
{
    Py_buffer views[4]; /* text, characters, weights, common */
    struct tables tables;
    unsigned int first;
    PyObject *result;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*Iy*y*y*dd", &views[0], &first, &views[1], &views[2], &views[3], &tables.scale,
                          &tables.bias))
        return NULL;
    if (!has_count(&views[1], 3 * UNITS, 1, 2) || !has_count(&views[2], BUCKETS_IN_ALL, 1, 1) ||
        !has_count(&views[3], BUCKETS_IN_ALL, 1, 1)) {
        result = wrong("characters, weights, common: not as long as they are");
    } else {
        tables.classes = views[1].buf;
        tables.steps = (const uint16_t *)((const uint8_t *)views[1].buf + UNITS);
        tables.weights = views[2].buf;
        tables.common = views[3].buf;
        result = read_text(&views[0], first, &tables);
    }
    release(views, 4);
    return result;
}

static PyObject *without(const Py_buffer *records, const Py_buffer *ranges)
{
    size_t count = count_lines(records);
    if (!has_lines(records) || !has_items(ranges, 2 * sizeof(int64_t), 8))
        return wrong("records, ranges: not of whole ones");
    size_t pairs = (size_t)ranges->len / (2 * sizeof(int64_t));
    PyObject *result = new_bytes(lines_without(records->buf, count, ranges->buf, pairs, NULL) * sizeof(struct line));
    if (result)
        lines_without(records->buf, count, ranges->buf, pairs, (struct line *)PyBytes_AsString(result));
    return result;
}

static PyObject *py_without(PyObject *module, PyObject *args)
{
    Py_buffer views[2];
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*", &views[0], &views[1]))
        return NULL;
    PyObject *result = without(&views[0], &views[1]);
    release(views, 2);
    return result;
}

static PyObject *place(const Py_buffer *records)
{
    size_t count = count_lines(records);
    if (!has_lines(records) || count > UINT32_MAX)
        return wrong("records: not of whole ones, or too many");
    PyObject *result = new_bytes(count * PLACE_INPUTS);
    if (result && place_lines(records->buf, count, (uint8_t *)PyBytes_AsString(result)) < 0) {
        Py_DecRef(result);
        return PyErr_NoMemory();
    }
    return result;
}

static PyObject *py_place_inputs(PyObject *module, PyObject *args)
{
    Py_buffer records;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*", &records))
        return NULL;
    PyObject *result = place(&records);
    release(&records, 1);
    return result;
}

static PyObject *widen(const Py_buffer *weights)
{
    size_t count = (size_t)weights->len / 2;
    if (!has_items(weights, 2, 2))
        return wrong("weights: not of whole numbers of 16 bits");
    PyObject *result = new_bytes(count * sizeof(float));
    if (result) {
        float *floats = (float *)PyBytes_AsString(result);
        for (size_t i = 0; i < count; i++)
            floats[i] = ((const int16_t *)weights->buf)[i];
    }
    return result;
}

static PyObject *py_as_floats(PyObject *module, PyObject *args)
{
    Py_buffer weights;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*", &weights))
        return NULL;
    PyObject *result = widen(&weights);
    release(&weights, 1);
    return result;
}

/* Whether a buffer is a packed net. */
static int is_net(const Py_buffer *view)
{
    if (!has_items(view, 4, 4) || (size_t)view->len < sizeof(struct net))
        return 0;
    size_t floats = net_floats(view->buf);
    return floats > 0 && (size_t)view->len == sizeof(struct net) + floats * sizeof(float);
}

static PyObject *score(const Py_buffer *packed, const Py_buffer *records, const Py_buffer *places,
                       const Py_buffer *more)
{
    size_t count = count_lines(records), known = SHAPE_INPUTS + WORD_INPUTS + PLACE_INPUTS;
    const struct net *net = packed->buf;
    if (!is_net(packed) || net->inputs < known)
        return wrong("net: none that can be");
    if (!has_lines(records) || !has_count(places, count * PLACE_INPUTS, 1, 1) ||
        !has_count(more, count * (net->inputs - known), 2, 2))
        return wrong("records, places, more: not of the same lines");
    PyObject *result = new_bytes(count);
    if (result && score_lines(net, records->buf, count, places->buf, more->buf, net->inputs - known,
                              (int8_t *)PyBytes_AsString(result)) < 0) {
        Py_DecRef(result);
        return PyErr_NoMemory();
    }
    return result;
}

static PyObject *py_score(PyObject *module, PyObject *args)
{
    Py_buffer views[4];
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*", &views[0], &views[1], &views[2], &views[3]))
        return NULL;
    PyObject *result = score(&views[0], &views[1], &views[2], &views[3]);
    release(views, 4);
    return result;
}

/* `decide.with_links` */
static PyObject *lower_by_links(const Py_buffer *scores, const Py_buffer *records, const Py_buffer *links)
{
    size_t count = count_lines(records);
    if (!has_lines(records) || !has_count(scores, count, 1, 1))
        return wrong("scores, records: not of the same lines");
    PyObject *result = new_bytes(count);
    if (!result)
        return NULL;
    int8_t *lowered = (int8_t *)PyBytes_AsString(result);
    for (size_t i = 0; i < count; i++) {
        size_t line = ((const struct line *)records->buf)[i].line;
        if (line >= (size_t)links->len) {
            Py_DecRef(result);
            return wrong("links: of fewer lines");
        }
        int share = ((const uint8_t *)links->buf)[line];
        int score = ((const int8_t *)scores->buf)[i] - LINK_STEPS * share / SHARE_STEPS;
        lowered[i] = (int8_t)(score > -MAX_SCORE ? score : -MAX_SCORE);
    }
    return result;
}

static PyObject *py_with_links(PyObject *module, PyObject *args)
{
    Py_buffer views[3];
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*", &views[0], &views[1], &views[2]))
        return NULL;
    PyObject *result = lower_by_links(&views[0], &views[1], &views[2]);
    release(views, 3);
    return result;
}

/* Flags the lines whose numbers are in a buffer; numbers of other lines are passed over. */
static void flag_lines(const struct line *lines, size_t size, const Py_buffer *numbers, uint8_t *flags)
{
    memset(flags, 0, size);
    for (size_t i = 0; i < (size_t)numbers->len / sizeof(int64_t); i++) {
        int64_t number = ((const int64_t *)numbers->buf)[i];
        size_t low = 0, high = size;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (lines[middle].line < number)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < size && lines[low].line == number)
            flags[low] = 1;
    }
}

/* Whether limits and probabilities are such that what is made of them stays in range. */
static int are_sane(const struct limits *limits, const Py_buffer *probabilities)
{
    const int steps[] = {limits->unknown_steps, limits->main_margin, limits->main_full, limits->safe_run};
    if (!has_count(probabilities, 2 * MAX_SCORE + 1, sizeof(double), 8))
        return 0;
    for (size_t i = 0; i < 2 * MAX_SCORE + 1; i++) {
        double chance = ((const double *)probabilities->buf)[i];
        if (!(chance >= 0 && chance <= 1))
            return 0;
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] < -MAX_STEPS || steps[i] > MAX_STEPS)
            return 0;
    return 1;
}

/* Returns the lines that go as a list of their numbers, scores and reasons. */
static PyObject *list_lines(const struct task *task, const int16_t *scores, const uint8_t *gone)
{
    PyObject *result = PyList_New(0);
    for (size_t i = 0; result && i < task->size; i++) {
        if (!gone[i])
            continue;
        const struct line *line = &task->lines[i];
        PyObject *item = Py_BuildValue("(Iii)", (unsigned int)line->line, (int)scores[i], reason_of(line));
        if (!item || PyList_Append(result, item) < 0) {
            Py_DecRef(result);
            result = NULL;
        }
        Py_DecRef(item);
    }
    return result;
}

static PyObject *decide(struct task *task, const Py_buffer views[5], enum level level, int threshold)
{
    size_t size = task->size = count_lines(&views[0]);
    if (!has_lines(&views[0]) || !has_count(&views[1], size, 1, 1) || !has_items(&views[2], 8, 8) ||
        !has_items(&views[3], 8, 8) || !are_sane(&task->limits, &views[4]))
        return wrong("records, scores, lines, probabilities, limits: not of the same lines, or not as they are");
    int16_t *scores = allocate(size, sizeof *scores + 3); /* and three flags of each line */
    if (!scores)
        return PyErr_NoMemory();
    uint8_t *gone = (uint8_t *)(scores + size), *ruled = gone + size, *spared = ruled + size;
    task->lines = views[0].buf;
    task->scores = views[1].buf;
    task->probabilities = views[4].buf;
    flag_lines(task->lines, size, &views[2], ruled);
    flag_lines(task->lines, size, &views[3], spared);
    task->ruled = ruled;
    task->spared = spared;
    PyObject *result = NULL;
    if (size == 0)
        result = PyList_New(0);
    else if (decide_lines(task, level, threshold, scores, gone) == 0)
        result = list_lines(task, scores, gone);
    else
        PyErr_NoMemory();
    PyMem_Free(scores);
    return result;
}

static PyObject *py_decide(PyObject *module, PyObject *args)
{
    Py_buffer views[5]; /* records, scores, ruled, spared, probabilities */
    struct task task;
    struct limits *to = &task.limits;
    const char *level;
    int threshold;
    PyObject *result;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*si(iiidddddddidd)", &views[0], &views[1], &views[2], &views[3], &views[4],
                          &level, &threshold, &to->unknown_steps, &to->main_margin, &to->main_full,
                          &to->main_headline, &to->main_best, &to->main_lone, &to->safe_body, &to->safe_outside,
                          &to->safe_budget, &to->safe_sure, &to->safe_run, &to->safe_prose, &to->safe_share))
        return NULL;
    if (strcmp(level, "safe") == 0)
        result = decide(&task, views, SAFE, 0);
    else if (strcmp(level, "main") == 0)
        result = decide(&task, views, MAIN, 0);
    else if (strcmp(level, "threshold") == 0)
        result = decide(&task, views, THRESHOLD, threshold);
    else
        result = wrong("level: safe, main or threshold");
    release(views, 5);
    return result;
}

PyMethodDef judge_functions[] = {
    {"read_lines", py_read_lines, METH_VARARGS, NULL},
    {"without", py_without, METH_VARARGS, NULL},
    {"place_inputs", py_place_inputs, METH_VARARGS, NULL},
    {"as_floats", py_as_floats, METH_VARARGS, NULL},
    {"score", py_score, METH_VARARGS, NULL},
    {"with_links", py_with_links, METH_VARARGS, NULL},
    {"decide", py_decide, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
