/* What the files of the judge share: the record of a line, and numbers that are those of their Python namesakes.

A test compares the numbers below with the constants of the same names in `cleaner.judge`. */

#ifndef CLEANER_JUDGE_H
#define CLEANER_JUDGE_H

#include "kernel.h"

#include <float.h>

/* Numbers are rounded to the type they have, as numpy rounds them. */
#if FLT_EVAL_METHOD != 0
#error "this compiler computes with more digits than the types have"
#endif

#define SHAPE_INPUTS 52
#define WORD_INPUTS 3
#define PLACE_INPUTS 20
#define MAX_INPUT 255
#define SHARE_STEPS 32
#define LOG_STEPS 8
#define MAX_SCORE 127

/* A filled line: `judge.records.RECORD`. */
struct line {
    uint32_t line, identity;
    uint16_t words, indent, look;
    int8_t speaks[WORD_INPUTS];
    uint8_t shape[SHAPE_INPUTS];
    uint8_t unused[3];
};

_Static_assert(sizeof(struct line) == 72, "the record of a line has gaps");

/* The table of characters and the weights of words. */
struct tables {
    const uint8_t *classes;  /* of each code unit */
    const uint16_t *steps;   /* from each code unit to its lower case */
    const int8_t *weights;   /* of each bucket of tokens */
    const uint8_t *common;   /* of each bucket, whether a common word is in it */
    double scale, bias;      /* of the sum of a line's weights */
};

/* The thresholds of a decision: `judge.chances.Limits`. */
struct limits {
    int unknown_steps, main_margin, main_full;
    double main_headline, main_best, main_lone, safe_body, safe_outside, safe_budget, safe_sure;
    int safe_run;
    double safe_prose, safe_share;
};

/* What a decision is made of. */
struct task {
    const struct line *lines;
    size_t size;                  /* number of lines */
    const int8_t *scores;         /* of each line */
    const uint8_t *ruled;         /* of each line, whether rules remove it */
    const uint8_t *spared;        /* of each line, whether it must stay */
    const double *probabilities;  /* of each score */
    struct limits limits;
};

enum level { SAFE, MAIN, THRESHOLD };

/* lines.c: writes the records of the filled lines of a text, whose lines end with line feeds; returns their number. */
size_t read_lines(const struct tables *tables, const uint16_t *text, size_t size, uint32_t first, struct line *records);

/* lines.c: copies the records of lines that are in none of the ranges (pairs of numbers) to `left`, if that is given;
returns their number. */
size_t lines_without(const struct line *lines, size_t size, const int64_t *ranges, size_t count, struct line *left);

/* places.c: writes the inputs of place of the lines of a document; returns 0, or -1 for want of memory. */
int place_lines(const struct line *lines, size_t size, uint8_t *places);

/* decide.c: sets the flags of the lines that go, and their scores as they are for that; 0, or -1 for want of memory. */
int decide_lines(const struct task *task, enum level level, int threshold, int16_t *scores, uint8_t *gone);

/* decide.c: the number of the reason why a line goes. */
int reason_of(const struct line *line);

/* Returns memory for so many items, NULL if there is not so much. */
static inline void *allocate(size_t count, size_t item)
{
    return count > PTRDIFF_MAX / item ? NULL : PyMem_Malloc(count * item);
}

/* Rounds to the nearest whole number, halves to the even one, numbers below 2^51. */
static inline double round_even(double value)
{
    const double grain = 6755399441055744.0; /* 1.5 * 2^52: behind the point no digits are left */
    double rounded = value + grain;
    return rounded - grain;
}

/* Takes a number to the range from -most to most, and what is no number too. */
static inline double clip(double value, double most)
{
    return value > -most ? (value < most ? value : most) : -most;
}

/* `features.shares`, at most MAX_INPUT. */
static inline uint8_t shares(int64_t part, int64_t whole)
{
    if (part == 0)
        return 0;
    double steps = round_even((double)(SHARE_STEPS * part) / (double)(whole > 0 ? whole : 1));
    return steps < MAX_INPUT ? (uint8_t)steps : MAX_INPUT;
}

uint8_t logs(int64_t count); /* lines.c: `features.logs` */

#endif
