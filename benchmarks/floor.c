/* The floor: what the kernel alone takes to pass each line on to everyone.
 *
 *     floor PORT       sends each line to each client as soon as it was read
 *     floor PORT -c    sends each client, once a turn of the loop, all lines read in that turn
 *
 * It welcomes newcomers and passes on what stands in /bc "...", and knows nothing else. What a
 * client does not take is kept for it without limit.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, LONGEST_LINE = 16 * 1024, EVENTS = 256 };

struct bytes {
    char *data;
    size_t length, room;
};

struct client {
    int fd, place;       /* where it stands among all */
    struct bytes in, out; /* the start of a line; what the kernel did not take */
};

static int poller;
static struct client **clients;
static int count;
static struct bytes said; /* in this turn */

static void add(struct bytes *bytes, const char *data, size_t length)
{
    if (bytes->length + length > bytes->room) {
        bytes->room = 2 * (bytes->length + length);
        bytes->data = realloc(bytes->data, bytes->room);
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void poll_for(struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(poller, operation, client->fd, &event);
}

static void give(struct client *client, const char *data, size_t length)
{
    ssize_t taken = client->out.length ? 0 : send(client->fd, data, length, 0);
    if (taken < 0) taken = 0;
    if ((size_t)taken == length) return;
    if (!client->out.length) poll_for(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    add(&client->out, data + taken, length - (size_t)taken);
}

static void give_rest(struct client *client)
{
    struct bytes *out = &client->out;
    ssize_t taken = send(client->fd, out->data, out->length, 0);
    if (taken <= 0) return;
    out->length -= (size_t)taken;
    memmove(out->data, out->data + taken, out->length);
    if (!out->length) poll_for(client, EPOLL_CTL_MOD, EPOLLIN);
}

static void give_all(void)
{
    for (int i = 0; i < count; i++) give(clients[i], said.data, said.length);
    said.length = 0;
}

static void take_line(const struct client *client, const char *line, size_t length, bool coalesce)
{
    char name[32];
    if (length < 7 || memcmp(line, "/bc \"", 5) || line[length - 1] != '"') return;
    add(&said, name, (size_t)sprintf(name, "client%d: ", client->fd));
    add(&said, line + 5, length - 6);
    add(&said, "\n", 1);
    if (!coalesce) give_all();
}

static void welcome(int listener)
{
    int on = 1, fd;
    char text[64];
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct client *client = calloc(1, sizeof *client);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        *client = (struct client){.fd = fd, .place = count};
        if ((count & (count - 1)) == 0) /* full at each power of two */
            clients = realloc(clients, (size_t)(count ? 2 * count : 1) * sizeof *clients);
        clients[count++] = client;
        poll_for(client, EPOLL_CTL_ADD, EPOLLIN);
        give(client, text, (size_t)sprintf(text, "server: Welcome, you are client%d.\n", fd));
    }
}

static void drop(struct client *client)
{
    struct client *last = clients[--count];
    clients[client->place] = last;
    last->place = client->place;
    close(client->fd);
    free(client->in.data);
    free(client->out.data);
    free(client);
}

static void take(struct client *client, bool coalesce)
{
    static char buffer[LONGEST_LINE + READ_BYTES];
    struct bytes *in = &client->in;
    if (in->length) memcpy(buffer, in->data, in->length);
    ssize_t got = recv(client->fd, buffer + in->length, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        drop(client);
        return;
    }
    char *line = buffer, *stop = buffer + in->length + got, *end;
    while ((end = memchr(line, '\n', (size_t)(stop - line)))) {
        take_line(client, line, (size_t)(end - line), coalesce);
        line = end + 1;
    }
    in->length = 0;
    if (stop - line > LONGEST_LINE)
        drop(client);
    else if (line < stop)
        add(in, line, (size_t)(stop - line));
}

static int listen_on(int port)
{
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("floor");
        exit(1);
    }
    return listener;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
    struct rlimit files;
    bool coalesce = argc == 3 && !strcmp(argv[2], "-c");
    if (argc < 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_on(atoi(argv[1]));
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int happened = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < happened; i++) {
            struct client *client = events[i].data.ptr;
            if (!client) {
                welcome(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT) give_rest(client);
            if (events[i].events & ~(uint32_t)EPOLLOUT) take(client, coalesce);
        }
        if (said.length) give_all();
    }
}
