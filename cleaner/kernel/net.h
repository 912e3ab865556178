/* The net as its functions need it: see net.c. */

#ifndef CLEANER_NET_H
#define CLEANER_NET_H

#include "judge.h"

#define MAX_ACTIVE 256 /* activations of a line */
#define MAX_ROW 1024   /* inputs of a line */
#define MAX_TAPS 15    /* lines that a convolution looks at */
#define MAX_CONVOLUTIONS 16
#define MAX_DISTANCE 64 /* lines between the lines that a convolution looks at */
#define MAX_LAYERS (MAX_CONVOLUTIONS + 4)

/* What a packed net begins with. The numbers of its layers follow as floats, of each the weights, scales and biases:
the first layer, the first pool, the convolutions, the second pool, the last layer. */
struct net {
    uint32_t inputs, active, taps, convolutions;
    uint32_t distances[MAX_CONVOLUTIONS];
};

/* Returns the number of floats that follow a net, 0 if it is none that can be. */
size_t net_floats(const struct net *net);

/* Scores lines, given their inputs of place and the `more` inputs of each; returns 0, or -1 for want of memory. */
int score_lines(const struct net *net, const struct line *lines, size_t size, const uint8_t *places,
                const int16_t *more, size_t more_inputs, int8_t *scores);

#endif
