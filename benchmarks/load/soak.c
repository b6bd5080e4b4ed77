/* The soak: some talk all the time while others come, listen, and quit or drop. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 60 };

static uint64_t comings, quits, drops;

static uint64_t chance(uint64_t range)
{
    static uint64_t state = 0x2545f4914f6cdd1d; /* xorshift: the same course in every run */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % range;
}

/* One who was out comes in; one who was in quits, closes, or is cut off. */
static void come_or_go(struct client *client)
{
    if (client->state == CLOSED) {
        open_client(client);
        comings++;
    } else if (client->state == READY) {
        faults.lost += skipped(client);
        ready--;
        client->state = LEAVING;
        if (chance(2)) {
            say_goodbye(client);
            quits++;
        } else {
            close_client(client, chance(2));
            drops++;
        }
    }
}

void soak(void)
{
    int first = options.listeners;
    uint64_t samples[SAMPLES + 1], at, next = 0;
    if (options.rate <= 0 || options.churn <= 0 || !options.newcomers)
        die("soak needs --rate, --churn and --newcomers");
    arrive(0, first);
    wait_until_quiet();
    uint64_t start = now(), spoken = 0, moved = 0;
    counted_from = start;
    counted_until = start + in_ns(options.seconds);
    while ((at = now()) < counted_until) {
        double passed = (double)(at - start) / 1e9;
        for (; (double)spoken / options.rate <= passed; spoken++)
            say((int)(spoken % (uint64_t)options.senders), at);
        for (; (double)moved / options.churn <= passed; moved++)
            come_or_go(&clients[first + (int)chance((uint64_t)options.newcomers)]);
        if (passed >= (double)next * options.seconds / SAMPLES) {
            samples[next++] = resident_bytes();
            fprintf(stderr, "%5.0f s: %d here, %llu heard, %llu KiB\n", passed, ready,
                    (unsigned long long)deliveries, (unsigned long long)samples[next - 1] / 1024);
        }
        turn(at + SECOND / 1000);
    }
    samples[next] = resident_bytes();
    wait_until_quiet();
    for (int i = 0; i < first + options.newcomers; i++)
        if (clients[i].state == READY) faults.lost += owed(&clients[i]);
    report("comings", "%llu", (unsigned long long)comings);
    report("quits", "%llu", (unsigned long long)quits);
    report("drops", "%llu", (unsigned long long)drops);
    report("deliveries", "%llu", (unsigned long long)deliveries);
    report("p50_us", "%.1f", latency(0.5));
    report("p99_us", "%.1f", latency(0.99));
    report("max_us", "%.1f", latency(1));
    report("rss_early", "%llu", (unsigned long long)samples[next / 6]);
    report("rss_middle", "%llu", (unsigned long long)samples[next / 2]);
    report("rss_end", "%llu", (unsigned long long)samples[next]);
}
