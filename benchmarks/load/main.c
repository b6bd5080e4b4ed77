/* The load generator's command line: reads the options, runs the mode, prints its report. */
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct options options = {
    .mode = "talk", .capabilities = "", .listeners = 10, .senders = 1, .size = 64, .opening = 8, .fill = 256 * 1024,
    .seconds = 3, .warmup = 0.5, .quiet = 0.3, .patience = 120,
};

enum kind { INT, DOUBLE, FLAG, WORD, DIALECT };

static const struct {
    const char *name;
    enum kind kind;
    void *value;
    const char *meaning;
} known[] = {
    {"mode", WORD, &options.mode, "talk, connect, storm or soak"},
    {"dialect", DIALECT, &options.dialect, "chatsvc, irc or websocket"},
    {"capabilities", WORD, &options.capabilities, "IRC: that everyone asks for"},
    {"port", INT, &options.port, "of 127.0.0.1"},
    {"pid", INT, &options.pid, "the server's, to see what it uses"},
    {"listeners", INT, &options.listeners, "connections that read"},
    {"senders", INT, &options.senders, "so many of them talk"},
    {"window", INT, &options.window, "messages that each sender has in flight"},
    {"rate", DOUBLE, &options.rate, "instead of that: messages a second in all"},
    {"stalled", INT, &options.stalled, "more connections, which do not read meanwhile"},
    {"fill", INT, &options.fill, "bytes that are said before, for which those have no room"},
    {"newcomers", INT, &options.newcomers, "connections that come later (storm, soak)"},
    {"churn", DOUBLE, &options.churn, "comings and goings a second (soak)"},
    {"size", INT, &options.size, "bytes of a message, from 64 up"},
    {"opening", INT, &options.opening, "connections that wait for their welcome at once"},
    {"seconds", DOUBLE, &options.seconds, "how long to measure"},
    {"warmup", DOUBLE, &options.warmup, "how long to talk before that"},
    {"quiet", DOUBLE, &options.quiet, "seconds without a byte after which all is told"},
    {"patience", DOUBLE, &options.patience, "seconds for all connections to come up"},
    {"spin", FLAG, &options.spin, "poll without sleeping"},
    {"quickack", FLAG, &options.quickack, "acknowledge what is received at once"},
    {"stay-out", FLAG, &options.stay_out, "IRC: join no channel"},
    {"accounts", FLAG, &options.accounts, "IRC: senders register accounts"},
};
enum { KNOWN = sizeof known / sizeof *known };

static const char *const dialects[] = {
    [CHATSVC] = "chatsvc", [IRC] = "irc", [WEBSOCKET] = "websocket",
};

static void set(int index, const char *text)
{
    void *value = known[index].value;
    char *end = "";
    switch (known[index].kind) {
    case INT: *(int *)value = (int)strtol(text, &end, 10); break;
    case DOUBLE: *(double *)value = strtod(text, &end); break;
    case FLAG: *(bool *)value = true; break;
    case WORD: *(const char **)value = text; break;
    case DIALECT:
        for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
            if (!strcmp(text, dialects[i])) {
                *(enum dialect *)value = (enum dialect)i;
                return;
            }
        die("--dialect: %s?", text);
    }
    if (*end) die("--%s: %s is not a number", known[index].name, text);
}

static void parse(int count, char **words)
{
    struct option table[KNOWN + 1] = {0};
    for (int i = 0; i < KNOWN; i++)
        table[i] = (struct option){known[i].name, known[i].kind != FLAG, NULL, i};
    int found;
    while ((found = getopt_long(count, words, "", table, NULL)) >= 0) {
        if (found == '?') {
            for (int i = 0; i < KNOWN; i++)
                fprintf(stderr, "  --%-10s %s\n", known[i].name, known[i].meaning);
            exit(2);
        }
        set(found, optarg);
    }
    if (!options.port) die("--port is missing");
    if (options.size < 64 || options.size > 8000) die("--size must be from 64 to 8000");
    if (options.listeners < 1 || options.opening < 1) die("there must be somebody");
    if (options.senders > options.listeners) options.senders = options.listeners;
    /* On IRC nobody hears himself without echo-message: a sender alone would talk to nobody. */
    if (!hears_itself() && options.listeners < 2) options.listeners = 2;
}

int main(int count, char **words)
{
    parse(count, words);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int most = options.listeners + options.stalled + options.newcomers;
    make_clients(most);
    make_messages(most);
    static const struct { const char *name; void (*run)(void); } modes[] = {
        {"talk", talk}, {"connect", connect_all}, {"storm", storm}, {"soak", soak},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(options.mode, modes[i].name)) {
            modes[i].run();
            return report_faults();
        }
    die("--mode: %s?", options.mode);
}
