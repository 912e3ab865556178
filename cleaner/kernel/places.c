/* Places lines in their document: does what `judge.features.place_inputs` does. */

#include "judge.h"

/* What lines may have in common, and the number of the line. */
struct key {
    uint32_t key, number;
};

/* Sorts keys by the byte at `shift`, those with the same byte in the order they have. */
static void sort_by_byte(const struct key *keys, struct key *sorted, size_t size, int shift)
{
    size_t starts[257] = {0};
    for (size_t i = 0; i < size; i++)
        starts[(keys[i].key >> shift & 255) + 1]++;
    for (int byte = 1; byte < 256; byte++)
        starts[byte] += starts[byte - 1];
    for (size_t i = 0; i < size; i++)
        sorted[starts[keys[i].key >> shift & 255]++] = keys[i];
}

/* Sorts keys of so many `bytes`, an even number of them; `scratch` is of the same size. */
static void sort_keys(struct key *keys, struct key *scratch, size_t size, int bytes)
{
    for (int byte = 0; byte < bytes; byte += 2) {
        sort_by_byte(keys, scratch, size, 8 * byte);
        sort_by_byte(scratch, keys, size, 8 * byte + 8);
    }
}

/* `features._find_copies`: writes for each line how many others have its key, and with `seen` whether it had one. */
static void find_copies(const struct key *sorted, size_t size, uint8_t *places, int copies, int seen)
{
    for (size_t begin = 0, end; begin < size; begin = end) {
        for (end = begin; end < size && sorted[end].key == sorted[begin].key; end++)
            ;
        uint8_t others = logs((int64_t)(end - begin) - 1);
        for (size_t i = begin; i < end; i++) {
            uint8_t *place = places + sorted[i].number * PLACE_INPUTS;
            place[copies] = others;
            if (seen >= 0)
                place[seen] = i > begin ? SHARE_STEPS : 0;
        }
    }
}

/* Writes the inputs that tell copies of lines and lines that look alike; 0, or -1 for want of memory. */
static int place_copies(const struct line *lines, size_t size, uint8_t *places)
{
    struct key *keys = allocate(size, 2 * sizeof *keys);
    if (!keys)
        return -1;
    for (size_t i = 0; i < size; i++)
        keys[i] = (struct key){lines[i].identity, (uint32_t)i};
    sort_keys(keys, keys + size, size, 4);
    find_copies(keys, size, places, 6, 7);
    for (size_t i = 0; i < size; i++)
        keys[i] = (struct key){lines[i].look, (uint32_t)i};
    sort_keys(keys, keys + size, size, 2);
    find_copies(keys, size, places, 13, -1);
    PyMem_Free(keys);
    return 0;
}

static int is_prose(const struct line *line)
{
    return line->look & 1;
}

/* Writes the inputs for the position in the document, which has so many `words`, of which so many are in prose. */
static void place_in_document(const struct line *lines, size_t size, int64_t words, int64_t prose, uint8_t *places)
{
    int64_t words_above = 0, prose_above = 0, last_prose = -1, count = (int64_t)size;
    for (int64_t i = 0; i < count; i++) {
        uint8_t *place = places + i * PLACE_INPUTS;
        if (is_prose(&lines[i]))
            last_prose = i;
        place[0] = shares(i, count);
        place[1] = logs(i);
        place[2] = logs(count - 1 - i);
        place[3] = shares(words_above, words);
        place[4] = logs(count);
        place[5] = logs(words);
        place[12] = logs(words / count);
        place[16] = logs(i - last_prose);
        place[18] = shares(prose_above, prose);
        place[19] = shares(prose, words);
        words_above += lines[i].words;
        prose_above += is_prose(&lines[i]) ? lines[i].words : 0;
    }
    for (int64_t i = count - 1, next_prose = count; i >= 0; i--) {
        if (is_prose(&lines[i]))
            next_prose = i;
        places[i * PLACE_INPUTS + 17] = logs(next_prose - i);
    }
}

/* Whether blank lines stand above a line. */
static int has_gap(const struct line *lines, size_t size, size_t i)
{
    return i == 0 || i == size || lines[i].line - lines[i - 1].line > 1;
}

/* Writes the inputs for the blank lines around a line, and for its indent beside that of the line above. */
static void place_beside_neighbours(const struct line *lines, size_t size, uint8_t *places)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t *place = places + i * PLACE_INPUTS;
        int step = i > 0 ? lines[i].indent - lines[i - 1].indent : 0;
        place[8] = has_gap(lines, size, i) ? SHARE_STEPS : 0;
        place[9] = has_gap(lines, size, i + 1) ? SHARE_STEPS : 0;
        place[10] = step > 0 ? SHARE_STEPS : 0;
        place[11] = step < 0 ? SHARE_STEPS : 0;
    }
}

/* Writes the inputs for runs of lines that look alike. */
static void place_in_runs(const struct line *lines, size_t size, uint8_t *places)
{
    for (size_t begin = 0, end; begin < size; begin = end) {
        for (end = begin; end < size && lines[end].look == lines[begin].look; end++)
            ;
        int64_t run = (int64_t)(end - begin);
        for (size_t i = begin; i < end; i++) {
            places[i * PLACE_INPUTS + 14] = logs(run - 1);
            places[i * PLACE_INPUTS + 15] = shares((int64_t)(i - begin), run);
        }
    }
}

int place_lines(const struct line *lines, size_t size, uint8_t *places)
{
    if (size == 0)
        return 0;
    int64_t words = 0, prose = 0;
    for (size_t i = 0; i < size; i++) {
        words += lines[i].words;
        prose += is_prose(&lines[i]) ? lines[i].words : 0;
    }
    place_in_document(lines, size, words, prose, places);
    place_beside_neighbours(lines, size, places);
    place_in_runs(lines, size, places);
    return place_copies(lines, size, places);
}
