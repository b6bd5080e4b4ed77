/* Connections: opened as fast as they are welcomed, read and written without blocking. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, LONGEST_LINE = 16 * 1024, EVENTS = 128, PER_ADDRESS = 20000 };

struct client *clients;
int ready, disconnected;
uint64_t idle, last_read, received;

static int poller;
static int client_count;
static struct client **to_flush; /* those that have something to send in this turn */
static int flush_count;

void make_clients(int count)
{
    client_count = count;
    clients = calloc((size_t)count, sizeof *clients);
    to_flush = calloc((size_t)count, sizeof *to_flush);
    poller = epoll_create1(0);
    if (!clients || !to_flush || poller < 0) die("cannot have %d clients", count);
}

static void poll_for(struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(poller, operation, client->fd, &event)) die("epoll_ctl: %s", strerror(errno));
}

/* Let the kernels keep little for who stalls: by default, megabytes would have to be said until
 * the server cannot send more. The size of a segment limits the buffer at the server. */
static void narrow(int fd)
{
    int segment = 536, window = 4096;
    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
}

void open_client(struct client *client)
{
    int on = 1, index = (int)(client - clients);
    struct sockaddr_in address = {.sin_family = AF_INET};
    free(client->in);
    free(client->out);
    *client = (struct client){.state = ARRIVING, .flushing = client->flushing};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) die("client %d: %s", index, strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (index >= options.listeners && index < options.listeners + options.stalled)
        narrow(client->fd);
    if (index >= PER_ADDRESS) { /* one address has too few ports for all */
        setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index / PER_ADDRESS));
        if (bind(client->fd, (struct sockaddr *)&address, sizeof address))
            die("client %d: bind: %s", index, strerror(errno));
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)options.port);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        die("client %d: connect: %s", index, strerror(errno));
    poll_for(client, EPOLL_CTL_ADD, EPOLLIN);
    introduce(client);
}

void close_client(struct client *client, bool reset)
{
    if (reset) {
        struct linger none = {.l_onoff = 1};
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    close(client->fd);
    ready -= client->state == READY;
    client->state = CLOSED;
}

void stall(struct client *client)
{
    client->stalled = true;
    poll_for(client, EPOLL_CTL_DEL, 0);
}

void read_on(struct client *client)
{
    int window = 256 * 1024;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    poll_for(client, EPOLL_CTL_ADD, EPOLLIN);
}

static void lose(struct client *client, const char *reason)
{
    if (client->state == ARRIVING)
        die("client %d was not let in: %s", (int)(client - clients), reason);
    if (client->state == READY && disconnected++ < 3)
        fprintf(stderr, "client %d: %s\n", (int)(client - clients), reason);
    close_client(client, true);
}

char *room_for(struct client *client, size_t length)
{
    if (client->out_length + length > client->out_room) {
        client->out_room = 2 * (client->out_length + length);
        client->out = realloc(client->out, client->out_room);
        if (!client->out) die("out of memory");
    }
    if (!client->flushing) {
        client->flushing = true;
        to_flush[flush_count++] = client;
    }
    client->out_length += length;
    return client->out + client->out_length - length;
}

static void flush(struct client *client)
{
    if (client->state == CLOSED) return;
    ssize_t taken = send(client->fd, client->out, client->out_length, 0);
    if (taken < 0) taken = 0; /* full, or not connected yet; what else it is, reading will tell */
    client->out_length -= (size_t)taken;
    memmove(client->out, client->out + taken, client->out_length);
    bool blocked = client->out_length > 0;
    if (blocked != client->blocked)
        poll_for(client, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    client->blocked = blocked;
}

/* The next line of what was received, without its end; false if it is not complete. */
static bool next_line(char **rest, const char *stop, char **line, size_t *length)
{
    char *end = memchr(*rest, '\n', (size_t)(stop - *rest));
    if (!end) return false;
    *line = *rest;
    *length = (size_t)(end - *rest);
    if (*length && end[-1] == '\r') --*length;
    (*line)[*length] = '\0';
    *rest = end + 1;
    return true;
}

static void receive(struct client *client)
{
    static char buffer[LONGEST_LINE + READ_BYTES];
    char *rest = buffer, *line;
    const char *message;
    size_t length;
    if (client->in_length) memcpy(buffer, client->in, client->in_length);
    ssize_t got = recv(client->fd, buffer + client->in_length, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(client, got ? strerror(errno) : "closed by the server");
        return;
    }
    uint64_t at = last_read = now();
    int on = 1;
    if (options.quickack) setsockopt(client->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    client->reads++;
    received += (uint64_t)got;
    char *stop = buffer + client->in_length + got;
    while (client->framed ? next_frame(client, &rest, stop, &line, &length)
                          : next_line(&rest, stop, &line, &length)) {
        client->lines++;
        if ((message = message_in(line, length)))
            hear(client, message, at);
        else
            understand(client, client->framed ? ended(line, length) : line);
    }
    client->in_length = (size_t)(stop - rest);
    if (client->in_length > LONGEST_LINE) die("a line of more than %d bytes", LONGEST_LINE);
    if (client->in_length) {
        if (!client->in) client->in = malloc(LONGEST_LINE);
        memcpy(client->in, rest, client->in_length);
    }
}

void turn(uint64_t until)
{
    static struct epoll_event events[EVENTS];
    for (int i = 0; i < flush_count; i++) {
        to_flush[i]->flushing = false;
        flush(to_flush[i]);
    }
    flush_count = 0;
    uint64_t start = now(), wait = 0;
    if (!options.spin && until > start) wait = until - start;
    if (wait > SECOND / 10) wait = SECOND / 10;
    struct timespec timeout = {.tv_nsec = (long)wait};
    int count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
    if (count < 0 && errno != EINTR) die("epoll_pwait2: %s", strerror(errno));
    if (count <= 0 || wait) idle += now() - start;
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) flush(client);
        if (events[i].events & ~(uint32_t)EPOLLOUT) receive(client);
    }
}

void arrive(int first, int end)
{
    uint64_t deadline = now() + in_ns(options.patience);
    int next = first, others = ready;
    while (ready < others + end - first) {
        while (next < end && next - first < ready - others + options.opening)
            open_client(&clients[next++]);
        turn(deadline);
        if (now() > deadline)
            die("only %d of %d are ready after %g s", ready - others, end - first,
                options.patience);
    }
}

bool is_over(void)
{
    return now() > last_read + in_ns(10 * options.quiet);
}

void wait_until_quiet(void)
{
    uint64_t deadline = now() + in_ns(options.patience), at;
    last_read = now();
    while ((at = now()) < last_read + in_ns(options.quiet) && at < deadline)
        turn(at + in_ns(options.quiet));
}
