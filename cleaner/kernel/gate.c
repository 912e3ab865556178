/* The gate in C: does what `rules.match.ends` does with numpy, function by function. `rules.match.maker` says what
 * each function takes and returns. */

#include "kernel.h"

#include <string.h>

#define UNITS 0x10000 /* different UTF-16 units: the length of tables */
#define ODD 0xFFFF    /* what a table has for a unit that cannot be folded by itself */
#define HEAD_UNITS 16
#define TAIL_UNITS 8
#define ROW_UNITS (HEAD_UNITS + TAIL_UNITS)
#define ROW_BYTES (2 * ROW_UNITS)
#define WORDS (ROW_UNITS / 4) /* numbers of 64 bits in a row of units */
#define HASHES 11             /* of a row of units */
#define TAG_BITS 16
#define SLOTS_PER_HASH 8
#define MAX_SLOT_BITS 30
/* Bits in tables of margins. */
#define WHITE_SPACE 1
#define BEFORE_KEYS 2

/* Numbers in buffers. A buffer may begin anywhere in memory, so they are copied, which costs nothing. */

static uint16_t load_unit(const char *units, Py_ssize_t i)
{
    uint16_t unit;
    memcpy(&unit, units + 2 * i, sizeof unit);
    return unit;
}

static void store_unit(char *units, Py_ssize_t i, uint16_t unit)
{
    memcpy(units + 2 * i, &unit, sizeof unit);
}

static int32_t load_int(const char *numbers, Py_ssize_t i)
{
    int32_t number;
    memcpy(&number, numbers + 4 * i, sizeof number);
    return number;
}

static void store_int(char *numbers, Py_ssize_t i, int32_t number)
{
    memcpy(numbers + 4 * i, &number, sizeof number);
}

static uint64_t load_long(const char *numbers, Py_ssize_t i)
{
    uint64_t number;
    memcpy(&number, numbers + 8 * i, sizeof number);
    return number;
}

static void store_long(char *numbers, Py_ssize_t i, uint64_t number)
{
    memcpy(numbers + 8 * i, &number, sizeof number);
}

/* Raise ValueError unless a condition holds, and say whether it does. */
static int check(int holds, const char *message)
{
    if (!holds)
        PyErr_SetString(PyExc_ValueError, message);
    return holds;
}

/* A list of numbers that grows. Its numbers are freed by whoever made it. */
struct numbers {
    char *items;
    Py_ssize_t used, room;
};

/* Add a number, and return whether there was memory for it. */
static int add_number(struct numbers *list, int32_t number)
{
    if (list->used == list->room) {
        Py_ssize_t room = list->room ? 2 * list->room : 64;
        char *items = room <= PY_SSIZE_T_MAX / 8 ? PyMem_Realloc(list->items, 4 * (size_t)room) : NULL;
        if (!items) {
            PyErr_NoMemory();
            return 0;
        }
        list->items = items;
        list->room = room;
    }
    store_int(list->items, list->used++, number);
    return 1;
}

static PyObject *as_buffer(const struct numbers *list)
{
    return PyByteArray_FromStringAndSize(list->items, 4 * list->used);
}

/* Return a tuple of two new objects, which it takes over, or NULL if one of them is NULL. */
static PyObject *pair_of(PyObject *first, PyObject *second)
{
    PyObject *result = first && second ? PyTuple_Pack(2, first, second) : NULL;
    Py_XDECREF(first);
    Py_XDECREF(second);
    return result;
}

/* Reading the ends of lines. */

struct span {
    Py_ssize_t start, end; /* in units, the end excluded */
};

static Py_ssize_t find_break(const char *text, Py_ssize_t from, Py_ssize_t size)
{
    while (from < size && load_unit(text, from) != '\n')
        from++;
    return from;
}

static Py_ssize_t count_lines(const char *text, Py_ssize_t size)
{
    Py_ssize_t lines = 1;
    for (Py_ssize_t i = 0; i < size; i++)
        lines += load_unit(text, i) == '\n';
    return lines;
}

static struct span without_margins(const char *text, struct span line, const unsigned char *margins)
{
    while (line.start < line.end && margins[load_unit(text, line.start)] & WHITE_SPACE)
        line.start++;
    while (line.start < line.end && margins[load_unit(text, line.end - 1)] & WHITE_SPACE)
        line.end--;
    while (line.start < line.end && margins[load_unit(text, line.start)] & BEFORE_KEYS)
        line.start++;
    return line;
}

static void fill_row(char *row, const char *text, struct span line, const char *table)
{
    Py_ssize_t size = line.end - line.start;
    Py_ssize_t head = size < HEAD_UNITS ? size : HEAD_UNITS, tail = size < TAIL_UNITS ? size : TAIL_UNITS;

    memset(row, 0, ROW_BYTES);
    for (Py_ssize_t i = 0; i < head; i++)
        store_unit(row, i, load_unit(table, load_unit(text, line.start + i)));
    for (Py_ssize_t i = 1; i <= tail; i++)
        store_unit(row, ROW_UNITS - i, load_unit(table, load_unit(text, line.end - i)));
}

/* Fill places, sizes and rows of the lines that are not empty, and return how many there are. */
static Py_ssize_t fill_rows(const char *text, Py_ssize_t size, const char *table, const unsigned char *margins,
                            char *places, char *sizes, char *rows)
{
    Py_ssize_t filled = 0, start = 0;

    for (int32_t number = 0; start <= size; number++) {
        Py_ssize_t end = find_break(text, start, size);
        struct span line = {start, end};
        if (margins)
            line = without_margins(text, line, margins);
        Py_ssize_t left = line.end - line.start;
        if (left) {
            store_int(places, filled, number);
            store_int(sizes, filled, left < HEAD_UNITS ? (int32_t)left : HEAD_UNITS);
            fill_row(rows + ROW_BYTES * filled, text, line, table);
            filled++;
        }
        start = end + 1;
    }
    return filled;
}

static PyObject *read_all_ends(const char *text, Py_ssize_t size, const char *table, const unsigned char *margins)
{
    Py_ssize_t count = count_lines(text, size), filled;
    PyObject *places, *sizes, *rows, *result = NULL;

    if (!check(count <= INT32_MAX && count <= PY_SSIZE_T_MAX / ROW_BYTES, "too many lines"))
        return NULL;
    places = PyByteArray_FromStringAndSize(NULL, 4 * count);
    sizes = PyByteArray_FromStringAndSize(NULL, 4 * count);
    rows = PyByteArray_FromStringAndSize(NULL, ROW_BYTES * count);
    if (places && sizes && rows) {
        filled = fill_rows(text, size, table, margins, PyByteArray_AsString(places), PyByteArray_AsString(sizes),
                           PyByteArray_AsString(rows));
        if (PyByteArray_Resize(places, 4 * filled) == 0 && PyByteArray_Resize(sizes, 4 * filled) == 0
            && PyByteArray_Resize(rows, ROW_BYTES * filled) == 0)
            result = PyTuple_Pack(3, places, sizes, rows);
    }
    Py_XDECREF(places);
    Py_XDECREF(sizes);
    Py_XDECREF(rows);
    return result;
}

/* Return lines as one text in UTF-16, with a line feed between two. */
static PyObject *joined(PyObject *lines)
{
    PyObject *line_feed = PyUnicode_FromString("\n");
    PyObject *text = line_feed ? PyUnicode_Join(line_feed, lines) : NULL;
    PyObject *encoded = text ? PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass") : NULL;

    Py_XDECREF(line_feed);
    Py_XDECREF(text);
    return encoded;
}

static PyObject *read_ends(PyObject *module, PyObject *args)
{
    PyObject *lines, *text = NULL, *result = NULL;
    Py_buffer table, margins;

    if (!PyArg_ParseTuple(args, "Oy*y*", &lines, &table, &margins))
        return NULL;
    if (check(table.len == 2 * UNITS && (margins.len == UNITS || !margins.len), "tables of other sizes"))
        text = joined(lines);
    if (text)
        result = read_all_ends(PyBytes_AsString(text), PyBytes_Size(text) / 2, table.buf,
                               margins.len ? margins.buf : NULL);
    Py_XDECREF(text);
    PyBuffer_Release(&table);
    PyBuffer_Release(&margins);
    return result;
}

/* Finding rows of units. */

static int is_odd(const char *row)
{
    uint16_t before = load_unit(row, 0);
    int odd = before == ODD || (before == 'o' && load_unit(row, 1) == ' ');

    for (int i = 1; i < ROW_UNITS; i++) {
        uint16_t unit = load_unit(row, i);
        odd |= (unit == ODD) | ((unit == ' ') & (before == ' '));
        before = unit;
    }
    return odd;
}

static int begins_with_number(const char *row)
{
    return load_unit(row, 0) == '0';
}

/* List the odd rows, and the others that begin with a number. Return whether there was memory for that. */
static int list_rows(const char *rows, int32_t count, struct numbers *odd, struct numbers *numbered)
{
    for (int32_t i = 0; i < count; i++) {
        const char *row = rows + ROW_BYTES * (Py_ssize_t)i;
        struct numbers *list = is_odd(row) ? odd : begins_with_number(row) ? numbered : NULL;
        if (list && !add_number(list, i))
            return 0;
    }
    return 1;
}

static PyObject *find_special(PyObject *module, PyObject *args)
{
    Py_buffer rows;
    struct numbers odd = {NULL, 0, 0}, numbered = {NULL, 0, 0};
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*", &rows))
        return NULL;
    if (check(rows.len % ROW_BYTES == 0 && rows.len / ROW_BYTES <= INT32_MAX, "rows of another length")
        && list_rows(rows.buf, (int32_t)(rows.len / ROW_BYTES), &odd, &numbered))
        result = pair_of(as_buffer(&odd), as_buffer(&numbered));
    PyMem_Free(odd.items);
    PyMem_Free(numbered.items);
    PyBuffer_Release(&rows);
    return result;
}

/* Hashing. */

static const uint64_t FACTORS[WORDS] = {
    0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93,
    0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3,
};

/* What the first units of a word, 1 to 4, add to a hash. */
static uint64_t first_units(const char *row, int word, int units)
{
    return (load_long(row, word) << (64 - 16 * units)) * FACTORS[word];
}

static void hash_row(const char *row, uint64_t change, char *hashes)
{
    uint64_t one = first_units(row, 0, 4), first_8 = one + first_units(row, 1, 4);
    uint64_t first_12 = first_8 + first_units(row, 2, 4);
    uint64_t last_4 = first_units(row, 5, 4), last_8 = first_units(row, 4, 4) + last_4;
    const uint64_t found[HASHES] = {
        first_units(row, 0, 1),
        first_units(row, 0, 3),
        one,
        one + first_units(row, 1, 2),
        first_8,
        first_12,
        first_12 + first_units(row, 3, 3),
        (load_long(row, 5) >> 48) * FACTORS[5],
        last_4,
        last_8,
        first_8 + last_8,
    };

    for (int i = 0; i < HASHES; i++)
        store_long(hashes, i, found[i] ^ change);
}

static PyObject *hash_ends(PyObject *module, PyObject *args)
{
    Py_buffer rows;
    unsigned long long change;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*K", &rows, &change))
        return NULL;
    if (check(rows.len % ROW_BYTES == 0 && rows.len <= PY_SSIZE_T_MAX / 2, "rows of another length")) {
        Py_ssize_t count = rows.len / ROW_BYTES;
        result = PyByteArray_FromStringAndSize(NULL, 8 * HASHES * count);
        char *hashes = result ? PyByteArray_AsString(result) : NULL;
        for (Py_ssize_t i = 0; hashes && i < count; i++)
            hash_row((const char *)rows.buf + ROW_BYTES * i, change, hashes + 8 * HASHES * i);
    }
    PyBuffer_Release(&rows);
    return result;
}

/* The tag table of a gate, see `rules.match.gate`. */

/* Return how many bits the number of a slot has, or -1 for more hashes than a gate may have. */
static int slot_bits_of(Py_ssize_t hashes)
{
    int bits = 0;

    if (hashes >= ((Py_ssize_t)1 << MAX_SLOT_BITS) / SLOTS_PER_HASH)
        return -1;
    for (Py_ssize_t slots = SLOTS_PER_HASH * hashes + 1; slots; slots >>= 1)
        bits++;
    return bits;
}

static Py_ssize_t slot_of(uint64_t hash, int slot_bits)
{
    return (Py_ssize_t)(hash >> (64 - slot_bits));
}

static uint16_t tag_of(uint64_t hash, int slot_bits)
{
    return (uint16_t)(hash >> (64 - TAG_BITS - slot_bits)) | 2;
}

static int are_offsets(const Py_buffer *offsets, Py_ssize_t hashes, Py_ssize_t codes)
{
    int32_t last = 0;

    if (offsets->len % 4 || offsets->len / 4 != hashes + 1 || load_int(offsets->buf, 0) != 0)
        return 0;
    for (Py_ssize_t i = 1; i <= hashes; i++) {
        int32_t next = load_int(offsets->buf, i);
        if (next < last)
            return 0;
        last = next;
    }
    return last == codes;
}

static PyObject *made_tag_table(const char *hashes, Py_ssize_t count, int slot_bits)
{
    Py_ssize_t bytes = (Py_ssize_t)2 << slot_bits;
    PyObject *result = PyByteArray_FromStringAndSize(NULL, bytes);

    if (!result)
        return NULL;
    char *tags = PyByteArray_AsString(result);
    memset(tags, 0, (size_t)bytes);
    for (Py_ssize_t i = 0; i < count; i++) {
        uint64_t hash = load_long(hashes, i);
        Py_ssize_t slot = slot_of(hash, slot_bits);
        uint16_t known = load_unit(tags, slot), tag = tag_of(hash, slot_bits);
        store_unit(tags, slot, known == 0 || known == tag ? tag : 1);
    }
    return result;
}

static PyObject *tag_table(PyObject *module, PyObject *args)
{
    Py_buffer hashes, offsets, codes;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*y*y*", &hashes, &offsets, &codes))
        return NULL;
    int slot_bits = slot_bits_of(hashes.len / 8);
    if (check(hashes.len % 8 == 0 && codes.len % 4 == 0 && slot_bits >= 0
                  && are_offsets(&offsets, hashes.len / 8, codes.len / 4),
              "offsets that are none"))
        result = made_tag_table(hashes.buf, hashes.len / 8, slot_bits);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&codes);
    return result;
}

/* Looking up. */

struct gate {
    const char *tags, *hashes, *offsets, *codes;
    Py_ssize_t hash_count, code_count;
    int slot_bits;
};

static int may_have(const struct gate *gate, uint64_t hash)
{
    uint16_t known = load_unit(gate->tags, slot_of(hash, gate->slot_bits));
    return known == 1 || known == tag_of(hash, gate->slot_bits);
}

/* Return the index of a hash in a gate, or -1. */
static Py_ssize_t find_hash(const struct gate *gate, uint64_t hash)
{
    Py_ssize_t low = 0, high = gate->hash_count;

    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (load_long(gate->hashes, middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < gate->hash_count && load_long(gate->hashes, low) == hash ? low : -1;
}

/* Add the number of a line beside each code of the hash with this index, and return whether that was possible. */
static int add_calls(const struct gate *gate, Py_ssize_t index, int32_t line, struct numbers *calls)
{
    int32_t i = load_int(gate->offsets, index), end = load_int(gate->offsets, index + 1);

    if (!check(0 <= i && end <= gate->code_count, "offsets that are none"))
        return 0;
    for (; i < end; i++)
        if (!add_number(calls, line) || !add_number(calls, load_int(gate->codes, i)))
            return 0;
    return 1;
}

/* Add what a line calls for by its hashes, and return whether that was possible. */
static int call(const struct gate *gate, const char *hashes, int32_t line, struct numbers *calls)
{
    for (int i = 0; i < HASHES; i++) {
        uint64_t hash = load_long(hashes, i);
        Py_ssize_t index = may_have(gate, hash) ? find_hash(gate, hash) : -1;
        if (index >= 0 && !add_calls(gate, index, line, calls))
            return 0;
    }
    return 1;
}

/* Rows of hashes, and the place of each. */
struct lines {
    const char *hashes, *places;
    Py_ssize_t count;
};

static int are_lines(const Py_buffer *hashes, const Py_buffer *places)
{
    return check(places->len % 4 == 0 && hashes->len % (8 * HASHES) == 0
                     && hashes->len / (8 * HASHES) == places->len / 4,
                 "hashes of other lines");
}

/* Add what the next line calls for, and return whether that was possible. */
static int call_next(const struct gate *gate, struct lines *lines, int start, struct numbers *calls)
{
    int32_t line = (int32_t)((int64_t)load_int(lines->places, 0) + start);

    if (!call(gate, lines->hashes, line, calls))
        return 0;
    lines->hashes += 8 * HASHES;
    lines->places += 4;
    lines->count--;
    return 1;
}

static PyObject *call_all(const struct gate *gate, struct lines whole, struct lines behind, int start)
{
    struct numbers calls = {NULL, 0, 0};
    PyObject *result = NULL;
    int fits = 1;

    while (fits && (whole.count || behind.count)) {
        int is_whole = !behind.count || (whole.count && load_int(whole.places, 0) <= load_int(behind.places, 0));
        fits = call_next(gate, is_whole ? &whole : &behind, start, &calls);
    }
    if (fits)
        result = as_buffer(&calls);
    PyMem_Free(calls.items);
    return result;
}

static PyObject *look_up(PyObject *module, PyObject *args)
{
    Py_buffer whole, places, behind, places_behind, tags, hashes, offsets, codes;
    int start;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*y*y*y*iy*y*y*y*", &whole, &places, &behind, &places_behind, &start, &tags, &hashes,
                          &offsets, &codes))
        return NULL;
    struct gate gate = {
        tags.buf, hashes.buf, offsets.buf, codes.buf, hashes.len / 8, codes.len / 4, slot_bits_of(hashes.len / 8),
    };
    if (are_lines(&whole, &places) && are_lines(&behind, &places_behind)
        && check(hashes.len % 8 == 0 && codes.len % 4 == 0 && gate.slot_bits >= 0
                     && tags.len == (Py_ssize_t)2 << gate.slot_bits && offsets.len == 4 * (gate.hash_count + 1),
                 "tables of no gate"))
        result = call_all(&gate, (struct lines){whole.buf, places.buf, places.len / 4},
                          (struct lines){behind.buf, places_behind.buf, places_behind.len / 4}, start);
    PyBuffer_Release(&whole);
    PyBuffer_Release(&places);
    PyBuffer_Release(&behind);
    PyBuffer_Release(&places_behind);
    PyBuffer_Release(&tags);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&codes);
    return result;
}

/* Folding whole lines. */

/* Write the folded units of a text, list the lines with odd ones, and return whether there was memory for that. */
static int fold_units(const char *text, Py_ssize_t size, const char *table, char *folded, struct numbers *odd)
{
    uint16_t before = 0;
    int32_t line = 0, listed = -1;

    for (Py_ssize_t i = 0; i < size; i++) {
        uint16_t unit = load_unit(table, load_unit(text, i));
        if ((unit == ODD || (unit == ' ' && before == ' ')) && line != listed) {
            if (!add_number(odd, line))
                return 0;
            listed = line;
        }
        store_unit(folded, i, unit == ODD ? 0 : unit);
        line += unit == '\n';
        before = unit;
    }
    return 1;
}

static PyObject *fold_all(const Py_buffer *text, const char *table)
{
    PyObject *folded = PyByteArray_FromStringAndSize(NULL, text->len), *lines = NULL;
    struct numbers odd = {NULL, 0, 0};

    if (folded && fold_units(text->buf, text->len / 2, table, PyByteArray_AsString(folded), &odd))
        lines = as_buffer(&odd);
    PyMem_Free(odd.items);
    return pair_of(folded, lines);
}

static PyObject *fold_lines(PyObject *module, PyObject *args)
{
    Py_buffer text, table;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*y*", &text, &table))
        return NULL;
    if (check(text.len % 2 == 0 && text.len / 2 < INT32_MAX, "half a unit, or too many")
        && check(table.len == 2 * UNITS, "a table of another size"))
        result = fold_all(&text, table.buf);
    PyBuffer_Release(&text);
    PyBuffer_Release(&table);
    return result;
}

PyMethodDef gate_functions[] = {
    {"read_ends", read_ends, METH_VARARGS, NULL},
    {"find_special", find_special, METH_VARARGS, NULL},
    {"hash_ends", hash_ends, METH_VARARGS, NULL},
    {"tag_table", tag_table, METH_VARARGS, NULL},
    {"look_up", look_up, METH_VARARGS, NULL},
    {"fold_lines", fold_lines, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
