/* Decides which lines go: does what `judge.decide` does, by the same steps. */

#include "judge.h"

#include <string.h>

#define HEADLINE_LINES 4
#define HEADLINE_REACH 16
#define KNOWN_SHARE 0.2
#define UNKNOWN_SHARE 0.12
#define RUN_LINES 4
#define LIKELY_BELOW 0.13
#define CHROME_WORDS (-2 * LOG_STEPS)
#define TEN_WORDS (3.5 * LOG_STEPS)
#define PROSE_WORDS (3.7 * LOG_STEPS)

#define SCORES (2 * MAX_SCORE + 1)

static int at_least_one(int words)
{
    return words > 0 ? words : 1;
}

/* `chances.lowest_score` */
static int lowest_score(const double *probabilities, double chance)
{
    int score = -MAX_SCORE;
    while (score <= MAX_SCORE && probabilities[score + MAX_SCORE] < chance)
        score++;
    return score;
}

/* `decide.for_language` */
static void adapt_to_language(const struct task *task, int16_t *scores)
{
    double common = 0, words = 0;
    for (size_t i = 0; i < task->size; i++) {
        double size = at_least_one(task->lines[i].words);
        common += task->lines[i].speaks[2] / (double)SHARE_STEPS * size;
        words += size;
    }
    double lack = (KNOWN_SHARE - common / words) / (KNOWN_SHARE - UNKNOWN_SHARE);
    lack = lack < 0 ? 0 : lack > 1 ? 1 : lack;
    int steps = (int)round_even(task->limits.unknown_steps * lack);
    for (size_t i = 0; i < task->size; i++) {
        int score = task->scores[i] + steps;
        scores[i] = (int16_t)(score < -MAX_SCORE ? -MAX_SCORE : score > MAX_SCORE ? MAX_SCORE : score);
    }
}

/* The distance of a line from the line above it; of the first line from the line below it; behind the last line
the distance that is above it. */
static uint32_t gap_above(const struct task *task, size_t i)
{
    if (task->size < 2)
        return 1;
    i = i == 0 ? 1 : i == task->size ? i - 1 : i;
    return task->lines[i].line - task->lines[i - 1].line;
}

/* Whether a run of lines that look alike begins with a line: `decide.runs_alike`. */
static int begins_run(const struct task *task, size_t i)
{
    if (i == 0)
        return 1;
    const struct line *line = &task->lines[i], *above = line - 1;
    uint32_t gap = gap_above(task, i);
    return line->look % 2 == 1 || line->look != above->look || line->indent != above->indent ||
           gap > gap_above(task, i + 1) || gap > gap_above(task, i - 1);
}

/* Rounds down. */
static int64_t floor_divide(int64_t sum, int64_t count)
{
    return sum / count - (sum % count < 0);
}

/* `decide.together` */
static void judge_together(const struct task *task, int16_t *scores)
{
    for (size_t begin = 0, end; begin < task->size; begin = end) {
        int64_t sum = scores[begin];
        for (end = begin + 1; end < task->size && !begins_run(task, end); end++)
            sum += scores[end];
        if (end - begin < RUN_LINES)
            continue;
        int64_t mean = floor_divide(sum, (int64_t)(end - begin));
        for (size_t i = begin; i < end; i++)
            scores[i] = scores[i] > mean ? scores[i] : (int16_t)mean;
    }
}

/* Whether a line is prose whose words do not speak for chrome: see `decide.lines_that_go`. */
static int is_prose(const struct line *line)
{
    int whole = line->look % 2 == 1 || (line->shape[2] > 0 && line->shape[1] >= PROSE_WORDS);
    return whole && line->speaks[0] > CHROME_WORDS;
}

/* The first of the `HEADLINE_LINES` lines above a line: `decide._headline_start`. */
static size_t headline_start(const struct task *task, size_t top)
{
    int above = 0;
    while (top > 0 && above < HEADLINE_LINES)
        above += !task->ruled[--top];
    return above < HEADLINE_LINES ? 0 : top;
}

/* Words of each score, and how many of them are expected to be content. */
struct content {
    double mass[SCORES], content[SCORES];
};

static void expect_content(const struct task *task, const int16_t *scores, struct content *expected)
{
    memset(expected, 0, sizeof *expected);
    for (size_t i = 0; i < task->size; i++)
        if (!task->ruled[i])
            expected->mass[scores[i] + MAX_SCORE] += at_least_one(task->lines[i].words);
    for (int i = 0; i < SCORES; i++)
        expected->content[i] = expected->mass[i] * task->probabilities[i];
}

/* Keeps the lines of runs that are too short: `decide._without_short_runs`. Lines that rules remove count for runs. */
static void keep_short_runs(const struct task *task, uint8_t *gone)
{
    for (size_t begin = 0, end; begin < task->size; begin = end + 1) {
        for (end = begin; end < task->size && (gone[end] || task->ruled[end]); end++)
            ;
        if ((int64_t)(end - begin) < task->limits.safe_run)
            memset(gone + begin, 0, end - begin);
    }
}

/* The score below which lines may go at level `safe`: what goes may cost so much of the expected content. */
static int safe_cut(const struct task *task, const struct content *expected)
{
    double lost = 0, all = 0;
    int score = -MAX_SCORE;
    for (int i = 0; i < SCORES; i++)
        all += expected->content[i];
    while (score <= MAX_SCORE && (lost += expected->content[score + MAX_SCORE]) <= task->limits.safe_budget * all)
        score++;
    int outside = lowest_score(task->probabilities, task->limits.safe_outside);
    return score < outside ? score : outside;
}

/* Keeps the lines of the body that are not below its own chance. */
static void keep_body(const struct task *task, const int16_t *scores, uint8_t *gone)
{
    size_t first = task->size, last = 0;
    for (size_t i = 0; i < task->size; i++)
        if (scores[i] >= 0 && !task->ruled[i]) {
            first = first < i ? first : i;
            last = i;
        }
    int least = lowest_score(task->probabilities, task->limits.safe_body);
    for (size_t i = first < task->size ? headline_start(task, first) : last; i < last; i++)
        gone[i] = gone[i] && scores[i] < least;
}

/* `decide._safe` */
static void decide_safe(const struct task *task, const struct content *expected, const int16_t *scores, uint8_t *gone)
{
    double sure = 0;
    for (int i = lowest_score(task->probabilities, task->limits.safe_sure) + MAX_SCORE; i < SCORES; i++)
        sure += expected->content[i];
    if (sure == 0)
        return;
    int cut = safe_cut(task, expected), prose_cut = lowest_score(task->probabilities, task->limits.safe_prose);
    for (size_t i = 0; i < task->size; i++)
        gone[i] = scores[i] < cut;
    keep_body(task, scores, gone);
    keep_short_runs(task, gone);
    size_t count = 0, all = 0;
    for (size_t i = 0; i < task->size; i++) {
        gone[i] = gone[i] && !task->ruled[i] && (!is_prose(&task->lines[i]) || scores[i] < prose_cut);
        count += gone[i];
        all += !task->ruled[i];
    }
    if ((double)count < task->limits.safe_share * (double)all)
        memset(gone, 0, task->size);
}

/* The score below which lines go at level `main`, but for the best line. */
static int main_cut(const struct task *task, const struct content *expected)
{
    double words = 0, all = 0, kept = 0, hits = 0, best = 0;
    for (int i = 0; i < SCORES; i++) {
        words += expected->mass[i];
        all += expected->content[i];
    }
    for (int i = SCORES - 1; i >= 0; i--) { /* if all lines from a score up stay */
        kept += expected->mass[i];
        hits += expected->content[i];
        double size = kept + all, quality = 2 * hits / (size > 1e-9 ? size : 1e-9);
        best = quality > best ? quality : best;
    }
    double share = all / (words > 1 ? words : 1);
    int margin = task->limits.main_margin, full = task->limits.main_full;
    return lowest_score(task->probabilities, best / 2) + (int)round_even(margin + (full - margin) * share);
}

/* Keeps what may be the headline: `decide._headline`. */
static void keep_headline(const struct task *task, const int16_t *scores, uint8_t *gone)
{
    size_t top = 0, told = 0, best = task->size;
    while (top < task->size && gone[top])
        top++;
    if (top == task->size)
        top = 0;
    while (told < task->size && (gone[told] || !is_prose(&task->lines[told])))
        told++;
    int near = 0;
    for (size_t i = told < task->size ? told : 0; i-- > 0 && near < HEADLINE_REACH;) {
        if (task->ruled[i])
            continue;
        near++;
        if (best == task->size || scores[i] >= scores[best])
            best = i;
    }
    int least = lowest_score(task->probabilities, task->limits.main_headline);
    for (size_t i = headline_start(task, top); i < top; i++)
        if (scores[i] >= least)
            gone[i] = 0;
    if (best < task->size && scores[best] >= lowest_score(task->probabilities, task->limits.main_best))
        gone[best] = 0;
}

/* Keeps prose that is not surely chrome if most of the prose would go: the end of `decide.lines_to_drop`. */
static void keep_most_prose(const struct task *task, const int16_t *scores, uint8_t *gone)
{
    int64_t lost = 0, all = 0;
    for (size_t i = 0; i < task->size; i++)
        if (!task->ruled[i] && is_prose(&task->lines[i])) {
            int words = at_least_one(task->lines[i].words);
            all += words;
            lost += gone[i] ? words : 0;
        }
    if (2 * lost <= all)
        return;
    int least = lowest_score(task->probabilities, LIKELY_BELOW);
    for (size_t i = 0; i < task->size; i++)
        if (is_prose(&task->lines[i]) && scores[i] >= least)
            gone[i] = 0;
}

/* `decide._main` */
static void decide_main(const struct task *task, const struct content *expected, const int16_t *scores, uint8_t *gone)
{
    int cut = main_cut(task, expected), highest = -MAX_SCORE;
    int lone = lowest_score(task->probabilities, task->limits.main_lone);
    for (size_t i = 0; i < task->size; i++)
        if (!task->ruled[i] && scores[i] > highest)
            highest = scores[i];
    cut = cut < highest ? cut : highest;
    for (size_t i = 0; i < task->size; i++)
        gone[i] = scores[i] < cut || task->ruled[i];
    for (size_t i = 1; i + 1 < task->size; i++)
        if (gone[i] && !gone[i - 1] && !gone[i + 1] && scores[i] >= lone)
            gone[i] = 0;
    keep_headline(task, scores, gone);
    for (size_t i = 0; i < task->size; i++)
        gone[i] = gone[i] && !task->ruled[i];
    keep_most_prose(task, scores, gone);
}

int decide_lines(const struct task *task, enum level level, int threshold, int16_t *scores, uint8_t *gone)
{
    memset(gone, 0, task->size);
    adapt_to_language(task, scores);
    judge_together(task, scores);
    if (level == THRESHOLD) {
        for (size_t i = 0; i < task->size; i++)
            gone[i] = scores[i] < threshold && !task->spared[i];
        return 0;
    }
    int16_t *shown = allocate(task->size, sizeof *shown); /* lines that must stay have the highest score */
    if (!shown)
        return -1;
    struct content expected;
    expect_content(task, scores, &expected);
    for (size_t i = 0; i < task->size; i++)
        shown[i] = task->spared[i] ? MAX_SCORE : scores[i];
    if (level == SAFE)
        decide_safe(task, &expected, shown, gone);
    else
        decide_main(task, &expected, shown, gone);
    PyMem_Free(shown);
    return 0;
}

int reason_of(const struct line *line)
{
    if (line->speaks[0] <= CHROME_WORDS)
        return 0;
    if (line->shape[2] > 0)
        return 3;
    return line->shape[1] < TEN_WORDS ? 1 : 2;
}
