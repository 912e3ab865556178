/* The net: does what `judge.model.Net` does, for one document.

Most inputs and activations are 0. So each row of them is packed before it is multiplied: what is not 0, and where
its weights begin. All are whole numbers whose sums float holds exactly, in any order (see `judge.model`).

The activations of all lines are one table of small numbers. A convolution reads ahead of the line that it writes, and
keeps the rows that it still needs, packed, in a ring. */

#include "net.h"

#define MAX_ACTIVATION 1023
#define POOL_STEPS 8
#define NO_MORE UINT32_MAX

/* On x86 the functions that multiply are compiled twice, and the processor tells which it can run. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define FOR_NEWER_PROCESSORS __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef FOR_NEWER_PROCESSORS
#define FOR_NEWER_PROCESSORS
#endif
#if defined(__GNUC__)
#define INLINED static inline __attribute__((always_inline))
#else
#define INLINED static inline
#endif

/* A layer of a net, see `model._Layer`. */
struct layer {
    size_t inputs, outputs;
    const float *weights; /* a row of outputs for each input */
    const float *scale, *bias;
};

/* The inputs of a row that are not 0, and where their weights begin; behind the last stands `NO_MORE`. */
struct row {
    float *values;
    uint32_t *starts;
};

/* The packed rows that a convolution needs, each as long as a row can be. */
struct ring {
    size_t rows; /* a power of two */
    struct row first;
};

/* Writes the sizes of the layers of a net, in order; returns their number. */
static size_t size_layers(const struct net *net, struct layer layers[MAX_LAYERS])
{
    size_t active = net->active, count = 0;
    layers[count++] = (struct layer){.inputs = net->inputs, .outputs = active};
    layers[count++] = (struct layer){.inputs = 2 * active, .outputs = active};
    for (size_t i = 0; i < net->convolutions; i++)
        layers[count++] = (struct layer){.inputs = net->taps * active, .outputs = active};
    layers[count++] = (struct layer){.inputs = 2 * active, .outputs = active};
    layers[count++] = (struct layer){.inputs = active, .outputs = 1};
    return count;
}

size_t net_floats(const struct net *net)
{
    size_t floats = 0;
    struct layer layers[MAX_LAYERS];
    if (net->active < 1 || net->active > MAX_ACTIVE || net->inputs < 1 || net->inputs > MAX_ROW ||
        net->taps % 2 == 0 || net->taps > MAX_TAPS || net->convolutions > MAX_CONVOLUTIONS)
        return 0;
    for (size_t i = 0; i < net->convolutions; i++)
        if (net->distances[i] < 1 || net->distances[i] > MAX_DISTANCE)
            return 0;
    for (size_t i = size_layers(net, layers); i-- > 0;)
        floats += (layers[i].inputs + 2) * layers[i].outputs;
    return floats;
}

/* Finds the numbers of the layers of a net, which follow it; returns the number of layers. */
static size_t find_layers(const struct net *net, struct layer layers[MAX_LAYERS])
{
    size_t count = size_layers(net, layers);
    const float *numbers = (const float *)(net + 1);
    for (size_t i = 0; i < count; i++) {
        layers[i].weights = numbers;
        layers[i].scale = numbers + layers[i].inputs * layers[i].outputs;
        layers[i].bias = layers[i].scale + layers[i].outputs;
        numbers = layers[i].bias + layers[i].outputs;
    }
    return count;
}

/* Adds to `sums`, `width` of them, the products of the inputs of a row with their weights. */
INLINED void add_products(float *restrict sums, size_t width, struct row row, const float *restrict weights)
{
    for (size_t i = 0; row.starts[i] != NO_MORE; i++) {
        const float *restrict own = weights + row.starts[i];
        for (size_t j = 0; j < width; j++)
            sums[j] += row.values[i] * own[j];
    }
}

/* `model._Layer.activate`, for whole numbers as they are: a number in range is rounded, halves to the even one. */
INLINED float activation(float sum, float scale, float bias)
{
    const float grain = 8388608.0f; /* 2^23: behind the point no digits are left */
    float scaled = sum * scale;
    float value = scaled + bias;
    value = value > 0 ? value : 0;
    value = value < MAX_ACTIVATION ? value : MAX_ACTIVATION;
    float rounded = value + grain;
    return rounded - grain;
}

INLINED struct row row_of(const struct ring *ring, size_t number, size_t width)
{
    size_t at = (number & (ring->rows - 1)) * (width + 1);
    return (struct row){ring->first.values + at, ring->first.starts + at};
}

/* Packs a row of `width` activations. */
INLINED void pack_row(struct row row, const int16_t *activations, size_t width)
{
    size_t count = 0;
    for (size_t i = 0; i < width; i++) {
        row.values[count] = activations[i];
        row.starts[count] = (uint32_t)(i * width);
        count += activations[i] != 0;
    }
    row.starts[count] = NO_MORE;
}

/* Adds to the activations of a line what its sums say. */
INLINED void add_activations(const float *restrict sums, size_t width, const struct layer *layer,
                             int16_t *restrict activations)
{
    const float *restrict scale = layer->scale, *restrict bias = layer->bias;
    for (size_t j = 0; j < width; j++) {
        int sum = activations[j] + (int)activation(sums[j], scale[j], bias[j]);
        activations[j] = (int16_t)(sum < MAX_ACTIVATION ? sum : MAX_ACTIVATION);
    }
}

/* `model.Net._convolve`, in place; `width` is the number of activations, known to the compiler where that counts. */
INLINED void convolve_table(int16_t *table, size_t size, size_t width, const struct layer *layer, size_t taps,
                            size_t distance, struct ring *ring)
{
    size_t reach = taps / 2 * distance;
    for (size_t ahead = 0; ahead < size + reach; ahead++) {
        if (ahead < size)
            pack_row(row_of(ring, ahead, width), table + ahead * width, width);
        if (ahead < reach)
            continue;
        float sums[MAX_ACTIVE];
        for (size_t j = 0; j < width; j++)
            sums[j] = 0;
        for (size_t tap = 0; tap < taps; tap++) {
            size_t other = ahead - reach + tap * distance; /* and `reach` lines more */
            if (other >= reach && other - reach < size)
                add_products(sums, width, row_of(ring, other - reach, width), layer->weights + tap * width * width);
        }
        add_activations(sums, width, layer, table + (ahead - reach) * width);
    }
}

FOR_NEWER_PROCESSORS
static void convolve(int16_t *table, size_t size, size_t width, const struct layer *layer, size_t taps,
                     size_t distance, struct ring *ring)
{
    if (width == 40)
        convolve_table(table, size, 40, layer, taps, distance, ring);
    else if (width == 48)
        convolve_table(table, size, 48, layer, taps, distance, ring);
    else
        convolve_table(table, size, width, layer, taps, distance, ring);
}

/* Makes the first activations of a line. */
INLINED void activate_line(struct row row, size_t width, const struct layer *layer, int16_t *activations)
{
    float sums[MAX_ACTIVE];
    for (size_t j = 0; j < width; j++) {
        sums[j] = 0;
        activations[j] = 0;
    }
    add_products(sums, width, row, layer->weights);
    add_activations(sums, width, layer, activations);
}

FOR_NEWER_PROCESSORS
static void activate(struct row row, const struct layer *layer, int16_t *activations)
{
    if (layer->outputs == 40)
        activate_line(row, 40, layer, activations);
    else if (layer->outputs == 48)
        activate_line(row, 48, layer, activations);
    else
        activate_line(row, layer->outputs, layer, activations);
}

/* The inputs of a line, in the order of the net's: shape, words, more, place. */
struct inputs {
    size_t count, start, outputs;
    float values[MAX_ROW + 1];
    uint32_t starts[MAX_ROW + 1];
};

static void add_input(struct inputs *inputs, int value)
{
    inputs->values[inputs->count] = (float)value;
    inputs->starts[inputs->count] = (uint32_t)inputs->start;
    inputs->start += inputs->outputs;
    inputs->count += value != 0;
}

/* Makes the first activations of all lines. */
static void activate_lines(const struct layer *layer, const struct line *lines, size_t size, const uint8_t *places,
                           const int16_t *more, size_t more_inputs, int16_t *table)
{
    for (size_t i = 0; i < size; i++) {
        struct inputs inputs;
        inputs.count = inputs.start = 0;
        inputs.outputs = layer->outputs;
        for (size_t j = 0; j < SHAPE_INPUTS; j++)
            add_input(&inputs, lines[i].shape[j]);
        for (size_t j = 0; j < WORD_INPUTS; j++)
            add_input(&inputs, lines[i].speaks[j]);
        for (size_t j = 0; j < more_inputs; j++)
            add_input(&inputs, more[i * more_inputs + j]);
        for (size_t j = 0; j < PLACE_INPUTS; j++)
            add_input(&inputs, places[i * PLACE_INPUTS + j]);
        inputs.starts[inputs.count] = NO_MORE;
        activate((struct row){inputs.values, inputs.starts}, layer, table + i * layer->outputs);
    }
}

/* Sums the activations of all lines, and the same with each line's number of words as its weight. */
static void sum_lines(const int16_t *table, size_t size, size_t width, const struct line *lines, double *sums)
{
    for (size_t j = 0; j < 2 * width; j++)
        sums[j] = 0;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < width; j++) {
            sums[j] += table[i * width + j];
            sums[width + j] += (double)table[i * width + j] * lines[i].words;
        }
}

/* `model.Net._add_pool` */
static void add_pool(int16_t *table, size_t size, const struct line *lines, const struct layer *layer)
{
    size_t width = layer->outputs;
    double inputs[2 * MAX_ACTIVE], words = 0;
    for (size_t i = 0; i < size; i++)
        words += lines[i].words;
    sum_lines(table, size, width, lines, inputs);
    for (size_t j = 0; j < width; j++) {
        inputs[j] = round_even(inputs[j] / (double)size * POOL_STEPS);
        inputs[width + j] = round_even(inputs[width + j] / (words > 1 ? words : 1) * POOL_STEPS);
    }
    int pooled[MAX_ACTIVE];
    for (size_t j = 0; j < width; j++) {
        double sum = 0;
        for (size_t i = 0; i < 2 * width; i++)
            sum += inputs[i] * layer->weights[i * width + j];
        sum *= (double)layer->scale[j] / POOL_STEPS;
        sum += layer->bias[j];
        pooled[j] = (int)round_even(clip(sum, MAX_ACTIVATION));
    }
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < width; j++) {
            int sum = table[i * width + j] + pooled[j];
            table[i * width + j] = (int16_t)(sum < 0 ? 0 : sum > MAX_ACTIVATION ? MAX_ACTIVATION : sum);
        }
}

/* Makes the scores of all lines of their last activations. */
static void score_table(const int16_t *table, size_t size, const struct layer *layer, int8_t *scores)
{
    for (size_t i = 0; i < size; i++) {
        float sum = 0;
        for (size_t j = 0; j < layer->inputs; j++)
            sum += table[i * layer->inputs + j] * layer->weights[j];
        sum *= layer->scale[0];
        sum += layer->bias[0];
        scores[i] = (int8_t)round_even(clip(sum, MAX_SCORE));
    }
}

/* Makes room for the rows of the widest convolution; the number of rows is a power of two. */
static int open_ring(struct ring *ring, const struct net *net)
{
    size_t rows = 1, farthest = 0;
    for (size_t i = 0; i < net->convolutions; i++)
        farthest = net->distances[i] > farthest ? net->distances[i] : farthest;
    while (rows < net->taps / 2 * farthest * 2 + 1)
        rows *= 2;
    size_t cells = rows * (net->active + 1);
    ring->rows = rows;
    ring->first.values = PyMem_Malloc(cells * sizeof *ring->first.values);
    ring->first.starts = PyMem_Malloc(cells * sizeof *ring->first.starts);
    return ring->first.values && ring->first.starts ? 0 : -1;
}

static void close_ring(struct ring *ring)
{
    PyMem_Free(ring->first.values);
    PyMem_Free(ring->first.starts);
}

int score_lines(const struct net *net, const struct line *lines, size_t size, const uint8_t *places,
                const int16_t *more, size_t more_inputs, int8_t *scores)
{
    struct layer layers[MAX_LAYERS];
    size_t count = find_layers(net, layers);
    struct ring ring;
    int16_t *table = allocate(size, net->active * sizeof *table);
    int opened = open_ring(&ring, net);
    if (table && opened == 0 && size > 0) {
        activate_lines(&layers[0], lines, size, places, more, more_inputs, table);
        add_pool(table, size, lines, &layers[1]);
        for (size_t i = 0; i < net->convolutions; i++)
            convolve(table, size, net->active, &layers[2 + i], net->taps, net->distances[i], &ring);
        add_pool(table, size, lines, &layers[count - 2]);
        score_table(table, size, &layers[count - 1], scores);
    }
    close_ring(&ring);
    PyMem_Free(table);
    return table && opened == 0 ? 0 : -1;
}
