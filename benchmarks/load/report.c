/* The report: one JSON object on standard output, which ends with what went wrong. */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void report(const char *name, const char *format, ...)
{
    static bool begun;
    va_list values;
    va_start(values, format);
    printf("%s\"%s\": ", begun ? ", " : "{", name);
    vprintf(format, values);
    va_end(values);
    begun = true;
}

int report_faults(void)
{
    bool ok = !faults.lost && !faults.doubled && !faults.reordered && !faults.corrupt
              && !faults.other_orders && !disconnected;
    report("lost", "%llu", (unsigned long long)faults.lost);
    report("doubled", "%llu", (unsigned long long)faults.doubled);
    report("reordered", "%llu", (unsigned long long)faults.reordered);
    report("corrupt", "%llu", (unsigned long long)faults.corrupt);
    report("other_orders", "%d", faults.other_orders);
    report("disconnected", "%d", disconnected);
    report("ok", ok ? "true" : "false");
    puts("}");
    return ok ? 0 : 1;
}

void die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, values);
    fputs("\n", stderr);
    va_end(values);
    exit(2);
}
