/* Arrivals: how fast connections come up and what each costs; and how the others are told. */
#include "load.h"

static double per(uint64_t sum, int count)
{
    return (double)sum / count;
}

/* That they are idle does not show that they work: one message, which all must hear. */
static void say_to_all(void)
{
    uint64_t expected = (uint64_t)(options.listeners - !hears_itself());
    counted_from = now();
    counted_until = UINT64_MAX;
    say(0, now());
    last_read = now();
    while (deliveries < expected && !is_over()) turn(now() + SECOND / 100);
    wait_until_quiet();
    faults.lost += expected - deliveries;
    report("one_message_us", "%.1f", latency(1));
}

void connect_all(void)
{
    int count = options.listeners;
    uint64_t memory = resident_bytes();
    struct usage start = take_usage();
    arrive(0, count);
    struct usage all_in = take_usage();
    wait_until_quiet();
    struct usage quiet = take_usage();
    while (now() < quiet.at + in_ns(options.seconds)) turn(quiet.at + in_ns(options.seconds));
    struct usage end = take_usage();
    report("connections_per_second", "%.0f", count / ((double)(all_in.at - start.at) / 1e9));
    report("cpu_us_per_connection", "%.2f", per(quiet.server - start.server, count) / 1e3);
    report("idle_cpu", "%.5f", (double)(end.server - quiet.server) / (double)(end.at - quiet.at));
    report("bytes_per_connection", "%.0f", ((double)resident_bytes() - (double)memory) / count);
    report_usage(&start, &all_in);
    if (options.dialect != IRC || !options.stay_out) say_to_all();
}

static int count_told(void)
{
    int told = 0;
    for (int i = 0; i < options.listeners; i++)
        told += clients[i].joins >= (uint64_t)options.newcomers;
    return told;
}

void storm(void)
{
    int listeners = options.listeners, newcomers = options.newcomers;
    uint64_t reads = 0, lines = 0, all = (uint64_t)newcomers;
    if (!newcomers) die("storm needs --newcomers");
    arrive(0, listeners);
    wait_until_quiet();
    for (int i = 0; i < listeners; i++) clients[i].joins = clients[i].reads = clients[i].lines = 0;
    struct usage start = take_usage();
    arrive(listeners, listeners + newcomers);
    uint64_t all_in = now();
    last_read = now();
    while (count_told() < listeners && !is_over()) turn(now() + SECOND / 1000);
    struct usage told = take_usage();
    wait_until_quiet();
    struct usage quiet = take_usage();
    for (int i = 0; i < listeners; i++) {
        uint64_t joins = clients[i].joins;
        reads += clients[i].reads;
        lines += clients[i].lines;
        faults.lost += joins < all ? all - joins : 0;
        faults.doubled += joins > all ? joins - all : 0;
    }
    report("arrived_seconds", "%.4f", (double)(all_in - start.at) / 1e9);
    report("told_seconds", "%.4f", (double)(told.at - start.at) / 1e9);
    report("cpu_us_per_join", "%.2f", per(quiet.server - start.server, newcomers) / 1e3);
    report("reads_per_listener", "%.1f", per(reads, listeners));
    report("lines_per_listener", "%.1f", per(lines, listeners));
    report_usage(&start, &told);
}
