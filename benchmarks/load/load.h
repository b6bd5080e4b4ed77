/* What the parts of the load generator share: options, clients, messages and figures. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SECOND 1000000000ull /* all times are in nanoseconds */

enum dialect { CHATSVC, IRC, WEBSOCKET };

struct options {
    const char *mode;
    enum dialect dialect;
    const char *capabilities; /* IRC: those that everyone asks for, with blanks between them */
    int port, pid;
    int listeners; /* who are there from the start and read; the senders are among them */
    int senders;
    int window;  /* messages that a sender has in flight; 0: paced */
    double rate; /* messages a second in all, when paced */
    int stalled; /* more of them, who do not read while the others talk */
    int fill;    /* bytes that are said before, so that the kernels' buffers for them are full */
    int newcomers;
    double churn; /* comings and goings a second */
    int size;     /* bytes of a message */
    int opening;  /* connections that may wait for their welcome at once */
    double seconds, warmup;
    double quiet;    /* so long without a byte: all was told; ten times that: the rest is lost */
    double patience; /* for all to be ready */
    bool spin, quickack, stay_out, accounts;
};
extern struct options options;

/* clients.c: connections, and what goes over them */

enum state { CLOSED, ARRIVING, READY, LEAVING };

struct client {
    int fd;
    enum state state;
    bool stalled, flushing, blocked;
    bool framed; /* its handshake is over: frames follow */
    char *in; /* the start of a line whose end is still to come */
    char *out;
    size_t in_length, out_length, out_room;
    uint64_t reads, lines;
    uint64_t joins;    /* how many it was told of since it was ready */
    uint64_t missed;   /* lines that it was told it missed */
    uint64_t messages; /* different ones that it heard */
    uint64_t before;   /* messages that were said before it came */
    uint64_t order;    /* a hash of what it heard, in that order */
};
extern struct client *clients;
extern int ready, disconnected;
extern uint64_t idle;     /* time in which there was nothing to do */
extern uint64_t last_read; /* when anything was received */
extern uint64_t received;  /* bytes */

void make_clients(int count);
void open_client(struct client *client);
void close_client(struct client *client, bool reset);
void stall(struct client *client);
void read_on(struct client *client);
char *room_for(struct client *client, size_t length); /* where to write what it is to send */
void turn(uint64_t until);                            /* sends, waits, receives: once */
void arrive(int first, int end);                      /* opens those clients, until all are ready */
void wait_until_quiet(void);
bool is_over(void); /* whether nothing was received for so long that nothing will come */

/* frames.c: WebSockets */

void ask_to_upgrade(struct client *client);
void send_frame(struct client *client, const char *text, size_t length);
bool next_frame(struct client *client, char **rest, const char *stop, char **text, size_t *length);
char *ended(char *text, size_t length);

/* dialect.c: what is said around the messages */

const char *message_start(void); /* what stands around a message that is sent */
const char *message_end(void);

void tell(struct client *client, const char *text, size_t length); /* a line, or a message */
bool hears_itself(void); /* whether it is sent what it has said */
void introduce(struct client *client);
void understand(struct client *client, char *line);
void say_goodbye(struct client *client);

/* messages.c: each heard once and in order */

struct faults {
    uint64_t lost, doubled, reordered, corrupt;
    int other_orders; /* listeners who saw the messages in another order than the first of them */
};
extern struct faults faults;
extern uint64_t deliveries, sent;
extern uint64_t counted_from, counted_until; /* said in that time: goes into the latencies */
extern bool talking; /* whoever has messages in flight sends the next as soon as one has arrived */

void make_messages(int clients);
void say(int sender, uint64_t due);
void say_more(int sender);
const char *message_in(const char *line, size_t length); /* NULL if there is none */
void hear(struct client *client, const char *message, uint64_t at);
void begin_to_hear(struct client *client);
uint64_t owed(const struct client *client);   /* messages that it has still to hear */
uint64_t skipped(const struct client *client); /* messages that it never heard, but later ones */

/* latency.c */

void count_latency(uint64_t duration);
double latency(double quantile); /* in microseconds */

/* usage.c: what the server uses, and whether something else was in the way */

struct usage {
    uint64_t at, idle;
    uint64_t server; /* processor time of all its threads */
    uint64_t server_waited, generator_waited; /* could have run, but something else did */
};
struct usage take_usage(void);
void report_usage(const struct usage *from, const struct usage *to);
uint64_t resident_bytes(void); /* of the server */

/* report.c: one JSON object, and how to give up */

void report(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
int report_faults(void); /* the exit status */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* one file each */

void talk(void);
void connect_all(void);
void storm(void);
void soak(void);

static inline uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline uint64_t in_ns(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

#endif
