/* What the server uses, as Linux tells it, and whether something else was in the way. */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

static uint64_t processor_time(void)
{
    clockid_t clock;
    struct timespec time;
    if (!options.pid) return 0;
    if (clock_getcpuclockid(options.pid, &clock) || clock_gettime(clock, &time))
        die("the server has ended");
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* The second number in a file of /proc/PID; 0 if there is none. */
static uint64_t second_number(int pid, const char *name)
{
    char path[64];
    unsigned long long first, second;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    FILE *file = pid ? fopen(path, "r") : NULL;
    if (!file) return 0;
    if (fscanf(file, "%llu %llu", &first, &second) != 2) second = 0;
    fclose(file);
    return second;
}

struct usage take_usage(void)
{
    return (struct usage){
        .at = now(),
        .idle = idle,
        .server = processor_time(),
        .server_waited = second_number(options.pid, "schedstat"),
        .generator_waited = second_number(getpid(), "schedstat"),
    };
}

void report_usage(const struct usage *from, const struct usage *to)
{
    double time = (double)(to->at - from->at);
    report("server_busy", "%.5f", (double)(to->server - from->server) / time);
    report("server_waited", "%.3f", (double)(to->server_waited - from->server_waited) / time);
    report("generator_busy", "%.3f", 1 - (double)(to->idle - from->idle) / time);
    report("generator_waited", "%.3f",
           (double)(to->generator_waited - from->generator_waited) / time);
}

uint64_t resident_bytes(void)
{
    return second_number(options.pid, "statm") * (uint64_t)sysconf(_SC_PAGESIZE);
}
