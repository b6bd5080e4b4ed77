/* Talking: so many in flight, or so many a second; with some, if wanted, who do not read. */
#include "load.h"

static uint64_t due;    /* when the next message is to be sent, when paced */
static uint64_t spoken; /* messages so far: everyone speaks in his turn */

/* Whether it must have heard everything, or been told how much it missed. */
static bool is_checked(const struct client *client)
{
    return client->state == READY && !(client->stalled && options.dialect == IRC);
}

static uint64_t still_owed(const struct client *client)
{
    uint64_t missed = client->stalled ? client->missed : 0, messages = owed(client);
    return messages > missed ? messages - missed : missed - messages;
}

static bool somebody_is_owed(void)
{
    for (int i = 0; i < options.listeners + options.stalled; i++)
        if (is_checked(&clients[i]) && still_owed(&clients[i])) return true;
    return false;
}

static void hear_out(void)
{
    uint64_t deadline = now() + in_ns(options.patience);
    last_read = now();
    while (!is_over() && now() < deadline && somebody_is_owed()) turn(now() + SECOND / 100);
    wait_until_quiet();
}

static void talk_until(uint64_t end)
{
    for (uint64_t at; (at = now()) < end;) {
        for (; options.rate > 0 && due <= at; due += in_ns(1 / options.rate))
            say((int)(spoken++ % (uint64_t)options.senders), due);
        turn(options.rate > 0 && due < end ? due : end);
    }
}

/* IRC promises no such thing; and who missed something cannot be compared with the others. */
static void compare_orders(void)
{
    if (options.dialect == IRC || faults.lost || faults.reordered || disconnected) return;
    for (int i = 1; i < options.listeners; i++)
        faults.other_orders += clients[i].order != clients[0].order;
}

/* Says more than the kernels keep for those who do not read, so that they do stall. */
static void fill(void)
{
    uint64_t deadline = now() + in_ns(options.patience);
    uint64_t hearers = (uint64_t)(options.listeners - !hears_itself());
    while (sent * (uint64_t)options.size < (uint64_t)options.fill && now() < deadline) {
        for (int i = 0; i < options.senders; i++) say(i, now());
        last_read = now();
        while (deliveries < sent * hearers && !is_over()) turn(now() + SECOND / 100);
    }
}

/* What was heard up to now: messages, and the reads and the bytes in which they came. */
struct heard {
    uint64_t messages, reads, bytes;
};

static struct heard heard_now(void)
{
    struct heard heard = {.messages = deliveries, .bytes = received};
    for (int i = 0; i < options.listeners; i++) heard.reads += clients[i].reads;
    return heard;
}

static double per(uint64_t sum, uint64_t count)
{
    return count ? (double)sum / (double)count : 0;
}

static void report_talk(const struct usage *from, const struct usage *to, struct heard before,
                        struct heard after)
{
    double seconds = (double)(to->at - from->at) / 1e9;
    uint64_t heard = after.messages - before.messages;
    report("deliveries_per_second", "%.0f", (double)heard / seconds);
    report("cpu_us_per_delivery", "%.4f", per(to->server - from->server, heard) / 1e3);
    report("bytes_per_delivery", "%.1f", per(after.bytes - before.bytes, heard));
    report("deliveries_per_read", "%.2f", per(heard, after.reads - before.reads));
    report("p50_us", "%.1f", latency(0.5));
    report("p99_us", "%.1f", latency(0.99));
    report("p999_us", "%.1f", latency(0.999));
    report("max_us", "%.1f", latency(1));
    report_usage(from, to);
    report("said", "%llu", (unsigned long long)sent);
    report("said_bytes", "%llu", (unsigned long long)sent * (unsigned)options.size);
}

void talk(void)
{
    int everyone = options.listeners + options.stalled;
    uint64_t start = now(), missed = 0;
    if (!options.window == !(options.rate > 0)) die("talk needs either --window or --rate");
    arrive(0, everyone);
    wait_until_quiet();
    report("setup_seconds", "%.2f", (double)(now() - start) / 1e9);

    uint64_t memory = resident_bytes();
    for (int i = options.listeners; i < everyone; i++) stall(&clients[i]);
    if (options.stalled) fill();
    due = now();
    counted_from = due + in_ns(options.warmup);
    counted_until = counted_from + in_ns(options.seconds);
    talking = options.window > 0;
    for (int i = 0; talking && i < options.senders; i++) say_more(i);
    talk_until(counted_from);
    struct usage from = take_usage();
    struct heard before = heard_now();
    talk_until(counted_until);
    struct usage to = take_usage();
    struct heard after = heard_now();
    talking = false;
    report("rss_growth", "%lld", (long long)(resident_bytes() - memory));

    for (int i = options.listeners; i < everyone && options.dialect != IRC; i++)
        read_on(&clients[i]);
    hear_out();
    for (int i = 0; i < everyone; i++) {
        if (is_checked(&clients[i])) faults.lost += still_owed(&clients[i]);
        if (clients[i].stalled) missed += clients[i].missed;
    }
    compare_orders();
    report_talk(&from, &to, before, after);
    report("missed", "%llu", (unsigned long long)missed);
}
