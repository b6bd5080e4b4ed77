/* Latencies: counted in steps of 1.6 %, so that hundreds of millions take a few kilobytes. */
#include "load.h"

enum { STEPS = 64, OCTAVES = 59 }; /* below STEPS ns one by one, then STEPS for each doubling */

static uint64_t counts[STEPS * OCTAVES], total, longest;

void count_latency(uint64_t duration)
{
    int shift = duration < STEPS ? 0 : 57 - __builtin_clzll(duration);
    counts[(uint64_t)(shift * STEPS) + (duration >> shift)]++;
    total++;
    if (duration > longest) longest = duration;
}

double latency(double quantile)
{
    uint64_t sought = (uint64_t)(quantile * (double)total), passed = 0;
    for (uint64_t i = 0; i < STEPS * OCTAVES && quantile < 1; i++)
        if ((passed += counts[i]) > sought) {
            int shift = i < 2 * STEPS ? 0 : (int)(i / STEPS) - 1;
            return (double)((i - (uint64_t)(shift * STEPS)) << shift) / 1e3;
        }
    return (double)longest / 1e3;
}
