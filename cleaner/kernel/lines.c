/* Reads lines: does what `judge.features.read_shapes` and `judge.model.word_inputs` do, one line at a time. */

#include "judge.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { LOWER, UPPER, LETTER, IDEOGRAPH, UNSPACED, DIGIT, SPACE, END, COMMA, COLON, QUOTE, DASH, BRACKET, RULE, MONEY,
       SIGN, SYMBOL, CLASSES };

#define HEAD_WORDS 24
#define TAIL_WORDS 8
#define FAMILIES 4
#define BUCKETS 32768
#define MAX_WORD_INPUT 127
#define PROSE_MEASURE 60

#define MULTIPLIER 0x9E3779B1u
#define SALT_WORD 0x85EBCA6Bu
#define SALT_PAIR 0xC2B2AE35u
#define SALT_HEAD 0x27D4EB2Fu
#define SALT_TAIL 0x165667B1u
#define LINE_START 0x1234567u
#define LINE_END 0x89ABCDEu

struct word {
    size_t begin, end; /* positions in the line, the end excluded */
    int single;        /* a character of a script without spaces */
};

/* What is known of one line: `features._Scan`. */
struct scan {
    const struct tables *tables;
    const uint16_t *units;
    size_t size;
    int64_t counts[CLASSES]; /* characters of each class */
    size_t first, last;      /* the first and the last visible character */
    int64_t sentences;
    int64_t words, numbers, smalls, capitals, briefs, longs; /* words of each kind */
    struct word head[HEAD_WORDS], tail[TAIL_WORDS];          /* word n behind the head: tail[n % TAIL_WORDS] */
};

/* The least count of each value of `features.logs`. */
static const uint16_t LEAST[] = {
    0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11, 12, 14, 15, 16, 18, 19,
    21, 23, 25, 28, 30, 33, 36, 39, 43, 47, 51, 56, 61, 66, 72, 79, 86, 94, 103, 112, 122, 133, 145, 158, 173, 189, 206,
    224, 245, 267, 291, 317, 346, 378, 412, 449, 490, 534, 583, 635, 693, 756, 824, 899, 980, 1069, 1166, 1271, 1386,
    1512, 1649, 1798, 1961, 2138, 2332, 2543, 2773, 3024, 3298, 3596, 3922, 4277, 4664, 5086, 5547, 6049, 6596, 7193,
    7844, 8554, 9328, 10173, 11094, 12098, 13193, 14387, 15689, 17109, 18657, 20346, 22188, 24196, 26386, 28774, 31378,
    34218, 37315, 40693, 44376, 48392, 52772, 57548, 62757,
};
enum { MAX_LOG = sizeof LEAST / sizeof *LEAST - 1 };

uint8_t logs(int64_t count)
{
    int value = 0;
    for (int64_t rest = count + 1; rest > 1 && value < MAX_LOG; rest >>= 1)
        value += LOG_STEPS;
    while (value < MAX_LOG && count >= LEAST[value + 1])
        value++;
    return (uint8_t)value;
}

static int class_at(const struct scan *scan, size_t position)
{
    return scan->tables->classes[scan->units[position]];
}

/* `features._Hasher`: the hash of a stretch of a line, the end excluded. */
static uint32_t hash(const struct scan *scan, size_t begin, size_t end)
{
    uint32_t sum = 0, power = 1;
    for (size_t i = begin; i < end; i++) {
        uint16_t unit = scan->units[i];
        sum += (uint16_t)(unit + scan->tables->steps[unit]) * power;
        power *= MULTIPLIER;
    }
    return sum;
}

/* Counts the characters of each class, and sentences as `features._count_sentences` does. */
static void count_characters(struct scan *scan)
{
    int before = SPACE;
    for (size_t i = 0; i < scan->size; i++) {
        int class = class_at(scan, i);
        scan->counts[class]++;
        if (before == END && class != DIGIT && class != LOWER && class != END)
            scan->sentences++;
        before = class;
    }
    scan->sentences += before == END;
}

static void add_word(struct scan *scan, size_t begin, size_t end, int single)
{
    size_t length = end - begin;
    int class = class_at(scan, begin);
    scan->numbers += class == DIGIT;
    scan->capitals += class == UPPER;
    scan->smalls += class == LOWER && length <= 4;
    scan->briefs += length <= 2;
    scan->longs += length >= 8;
    struct word word = {begin, end, single};
    if (scan->words < HEAD_WORDS)
        scan->head[scan->words] = word;
    else
        scan->tail[scan->words % TAIL_WORDS] = word;
    scan->words++;
}

/* `features._find_words`: runs of letters and digits; where no spaces are written, each character. */
static void find_words(struct scan *scan)
{
    size_t begin = 0;
    int open = 0, single = 0; /* whether a word began, and whether it is a single character */
    for (size_t i = 0; i < scan->size; i++) {
        int class = class_at(scan, i);
        int within = class <= DIGIT, alone = class == IDEOGRAPH || class == UNSPACED;
        if (open && (!within || alone || single)) {
            add_word(scan, begin, i, single);
            open = 0;
        }
        if (within && !open) {
            begin = i;
            open = 1;
            single = alone;
        }
    }
    if (open)
        add_word(scan, begin, scan->size, single);
}

/* The class of the character `back` before the last visible one, or of the first visible one. */
static int class_before(const struct scan *scan, size_t back)
{
    return class_at(scan, scan->last - scan->first > back ? scan->last - back : scan->first);
}

/* `features._closed` */
static int is_closed(const struct scan *scan)
{
    int closing = class_before(scan, 0), before = class_before(scan, 1), third = class_before(scan, 2),
        fourth = class_before(scan, 3);
    if (closing == END || ((closing == QUOTE || closing == BRACKET) && before == END))
        return 1;
    if (closing != BRACKET || before != DIGIT)
        return 0;
    return (third == BRACKET && fourth == END) ||
           (third == DIGIT && fourth == BRACKET && class_before(scan, 4) == END);
}

static int side_of(int class)
{
    return class < DIGIT ? 0 : class - DIGIT + 1;
}

/* `features._shape_inputs`: writes the inputs of shape and the look. */
static void shape_inputs(const struct scan *scan, struct line *record)
{
    static const uint8_t weighed[] = {COMMA, DASH, RULE, SIGN};
    static const uint8_t openings[] = {LOWER, UPPER, LETTER, DIGIT, QUOTE, DASH, RULE};
    static const uint8_t closings[] = {LOWER, UPPER, LETTER, DIGIT, END, COMMA, COLON, BRACKET, RULE};
    static const uint8_t looked_for[] = {DIGIT, COMMA, COLON, DASH, BRACKET, MONEY, SIGN};
    const int64_t *counts = scan->counts;
    int64_t size = (int64_t)(scan->last - scan->first) + 1, words = scan->words;
    int64_t letters = counts[LOWER] + counts[UPPER] + counts[LETTER] + counts[IDEOGRAPH] + counts[UNSPACED];
    int64_t alnum = letters + counts[DIGIT], measure = size + 2 * counts[IDEOGRAPH];
    int opening = class_at(scan, scan->first), closing = class_at(scan, scan->last), closed = is_closed(scan);
    uint8_t *next = record->shape;
    *next++ = logs(size);
    *next++ = logs(words);
    *next++ = logs(scan->sentences);
    *next++ = logs(size / (words > 0 ? words : 1));
    *next++ = shares(alnum, size);
    *next++ = shares(counts[UPPER], letters);
    *next++ = shares(counts[LETTER], alnum);
    *next++ = shares(counts[IDEOGRAPH], alnum);
    *next++ = shares(counts[DIGIT], alnum);
    *next++ = shares(scan->capitals, words);
    *next++ = shares(scan->numbers, words);
    *next++ = shares(scan->smalls, words);
    *next++ = shares(scan->briefs, words);
    *next++ = shares(scan->longs, words);
    *next++ = logs(scan->smalls);
    *next++ = logs(scan->numbers);
    *next++ = logs((int64_t)scan->first);
    *next++ = shares(scan->sentences * 8, words);
    for (int class = END; class < CLASSES; class++)
        *next++ = logs(counts[class]);
    for (size_t i = 0; i < sizeof weighed; i++)
        *next++ = shares(counts[weighed[i]], size);
    for (size_t i = 0; i < sizeof openings; i++)
        *next++ = opening == openings[i] ? SHARE_STEPS : 0;
    for (size_t i = 0; i < sizeof closings; i++)
        *next++ = closing == closings[i] ? SHARE_STEPS : 0;
    *next++ = (opening == RULE || opening == DASH) && scan->first > 0 ? SHARE_STEPS : 0;
    *next++ = shares(counts[UNSPACED], alnum);
    *next++ = logs(measure);
    *next++ = closed ? SHARE_STEPS : 0;
    int look = side_of(opening) << 12 | side_of(closing) << 8 | (closed && measure >= PROSE_MEASURE);
    for (size_t i = 0; i < sizeof looked_for; i++)
        look |= (counts[looked_for[i]] > 0) << (i + 1);
    record->look = (uint16_t)look;
}

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* The bucket of a token, given its hash, among those of all families. */
static uint32_t bucket(uint32_t hashed, uint32_t family)
{
    return (hashed >> 17) + family * BUCKETS; /* 15 bits are left, one for each doubling of the buckets */
}

/* `features._tokens` of one word: adds the weights of its buckets to `sum`; returns whether it is common. */
static int add_tokens(const struct scan *scan, const struct word *word, uint32_t before, uint32_t whole, int is_last,
                      int *sum)
{
    const struct tables *tables = scan->tables;
    size_t begin = word->begin, end = word->end;
    size_t head = smaller(begin + 4, end), tail = end - begin > 3 ? end - 3 : begin, stop = end;
    if (word->single) {
        head = smaller(begin + 3, scan->size);
        stop = smaller(begin + 4, scan->size);
    }
    uint32_t tokens[FAMILIES] = {
        bucket(whole * SALT_WORD, 0),
        bucket((before * SALT_PAIR + whole) * SALT_WORD, 1),
        bucket(hash(scan, begin, head) * SALT_HEAD, 2),
        bucket((hash(scan, tail, stop) + (is_last ? LINE_END : 0)) * SALT_TAIL, 3),
    };
    for (int family = 0; family < FAMILIES; family++)
        *sum += tables->weights[tokens[family]];
    return tables->common[tokens[0]] & tables->common[tokens[2]];
}

/* `model.word_inputs`: what the words of the line speak for. */
static void word_inputs(const struct scan *scan, struct line *record)
{
    int64_t words = scan->words, common = 0;
    int64_t tokens = words < HEAD_WORDS + TAIL_WORDS ? words : HEAD_WORDS + TAIL_WORDS;
    uint32_t before = LINE_START;
    int sum = 0;
    for (int64_t i = 0; i < tokens; i++) {
        const struct word *tail = &scan->tail[(words - tokens + i) % TAIL_WORDS];
        const struct word *word = i < HEAD_WORDS ? &scan->head[i] : tail;
        uint32_t whole = hash(scan, word->begin, word->end);
        common += add_tokens(scan, word, before, whole, i == tokens - 1, &sum);
        before = whole;
    }
    double score = sum / sqrt((double)(tokens > 0 ? tokens : 1)) * scan->tables->scale + scan->tables->bias;
    record->speaks[0] = (int8_t)round_even(clip(score, MAX_WORD_INPUT));
    record->speaks[1] = (int8_t)round_even(clip(score / sqrt((double)(words > 0 ? words : 1)), MAX_WORD_INPUT));
    record->speaks[2] = (int8_t)shares(common, tokens);
}

/* Finds the first and the last visible character; returns whether there are any. */
static int find_visible(struct scan *scan)
{
    size_t first = 0, end = scan->size;
    while (first < end && class_at(scan, first) == SPACE)
        first++;
    while (end > first && class_at(scan, end - 1) == SPACE)
        end--;
    scan->first = first;
    scan->last = end - 1;
    return first < end;
}

/* Writes the record of a line; returns whether the line is filled. */
static int read_line(const struct tables *tables, const uint16_t *units, size_t size, struct line *record)
{
    struct scan scan;
    memset(&scan, 0, offsetof(struct scan, head));
    scan.tables = tables;
    scan.units = units;
    scan.size = size;
    if (!find_visible(&scan))
        return 0;
    count_characters(&scan);
    find_words(&scan);
    memset(record, 0, sizeof *record);
    record->identity = hash(&scan, scan.first, scan.last + 1);
    record->words = (uint16_t)scan.words;
    record->indent = (uint16_t)scan.first;
    shape_inputs(&scan, record);
    word_inputs(&scan, record);
    return 1;
}

size_t read_lines(const struct tables *tables, const uint16_t *text, size_t size, uint32_t first, struct line *records)
{
    size_t filled = 0, begin = 0;
    uint32_t number = first;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n')
            continue;
        if (read_line(tables, text + begin, i - begin, &records[filled]))
            records[filled++].line = number;
        number++;
        begin = i + 1;
    }
    return filled;
}

/* `model.without` */
size_t lines_without(const struct line *lines, size_t size, const int64_t *ranges, size_t count, struct line *left)
{
    size_t kept = 0, range = 0;
    int64_t gone = 0; /* lines in the ranges so far */
    for (size_t i = 0; i < size; i++) {
        int64_t number = lines[i].line;
        for (; range < count && number >= ranges[2 * range + 1]; range++)
            gone += ranges[2 * range + 1] - ranges[2 * range];
        if (range < count && number >= ranges[2 * range])
            continue;
        if (left) {
            left[kept] = lines[i];
            left[kept].line = (uint32_t)(number - gone);
        }
        kept++;
    }
    return kept;
}
