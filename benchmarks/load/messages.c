/* Messages: each says who sent it, its number and when; whoever hears it checks all of that.
 *
 * A message is "loadtest", then sender, number (8 letters each) and time (16 letters), then
 * filler. A letter from A to P stands for four bits, the lowest first: eight of them are read
 * at once, and every server passes letters on as they are.
 */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

static const char MARK[] = "loadtest";
enum { SENDER = 8, NUMBER = 16, TIME = 24, FILLER = 40 }; /* where they stand */

struct faults faults;
uint64_t deliveries, sent;
uint64_t counted_from, counted_until;
bool talking;

/* What one client has heard of one sender. */
struct heard {
    uint32_t next;    /* the number that has to come now */
    uint32_t missing; /* bit n: the number next - 1 - n has not come */
    bool may_be_earlier; /* nothing was heard yet: next is the first that must not be lost */
};
static struct heard *heard; /* of each client, each sender */

static char *line;          /* as it is sent */
static size_t line_length;
static char *message;       /* in that line */
static uint32_t *said;      /* messages of each sender */
static uint32_t *awaited;   /* of each sender, for each in flight: who have yet to hear it */

void make_messages(int client_count)
{
    size_t start = strlen(message_start()), size = (size_t)options.size;
    size_t senders = (size_t)options.senders;
    line_length = start + size + strlen(message_end());
    line = malloc(line_length + 1);
    said = calloc(senders + 1, sizeof *said);
    awaited = calloc(senders * (size_t)options.window + 1, sizeof *awaited);
    heard = calloc((size_t)client_count * senders + 1, sizeof *heard);
    if (!line || !said || !awaited || !heard) die("out of memory");
    message = line + start;
    strcpy(line, message_start());
    memset(message, 'x', size);
    memcpy(message, MARK, SENDER);
    strcpy(message + size, message_end());
}

static void put(char *place, int letters, uint64_t number)
{
    for (int i = 0; i < letters; i++, number >>= 4)
        place[i] = (char)('A' + (number & 15));
}

static uint32_t number_at(const char *place)
{
    uint64_t bits;
    memcpy(&bits, place, sizeof bits); /* the first letter is the lowest byte: little-endian */
    bits -= 0x4141414141414141;        /* AAAAAAAA */
    bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
    bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
    return (uint32_t)(bits | bits >> 16);
}

static uint32_t receivers(void)
{
    return (uint32_t)(options.listeners - !hears_itself());
}

void say(int sender, uint64_t due)
{
    uint32_t number = said[sender]++;
    put(message + SENDER, 8, (uint64_t)sender);
    put(message + NUMBER, 8, number);
    put(message + TIME, 16, due);
    tell(&clients[sender], line, line_length);
    if (options.window) awaited[sender * options.window + (int)number % options.window] = receivers();
    sent++;
}

/* The n-th message before the next one has been heard by everyone: its place is free. */
void say_more(int sender)
{
    const uint32_t *places = awaited + sender * options.window;
    while (talking && !places[said[sender] % (uint32_t)options.window]) say(sender, now());
}

/* It ends a line; but behind the text of an object in JSON there may be other fields. */
const char *message_in(const char *text, size_t length)
{
    size_t size = (size_t)options.size;
    if (length < size) return NULL;
    if (options.dialect == WEBSOCKET) {
        static size_t before; /* it mostly stands where the last one stood */
        const char *found = text + before;
        if (length < before + size || memcmp(found, MARK, SENDER)) {
            found = memmem(text, length, MARK, SENDER);
            if (!found || found + size > text + length) return NULL;
            before = (size_t)(found - text);
        }
        return found;
    }
    const char *found = text + length - size;
    return memcmp(found, MARK, SENDER) ? NULL : found;
}

/* Whether a message that is not the next one is new to this client. */
static bool is_new(struct heard *of, uint32_t number)
{
    if (number >= of->next) {
        uint32_t skips = number - of->next;
        of->missing = skips < 31 ? (of->missing << skips | ((1u << skips) - 1)) << 1 : ~1u;
        of->next = number + 1;
        return true;
    }
    uint32_t back = of->next - 1 - number;
    if (back > 31 || !(of->missing >> back & 1)) {
        faults.doubled++;
        return false;
    }
    of->missing ^= 1u << back;
    faults.reordered++;
    return true;
}

void hear(struct client *client, const char *found, uint64_t at)
{
    if (client->state == ARRIVING) return; /* on IRC, before it is told that it has joined */
    uint32_t sender = number_at(found + SENDER), number = number_at(found + NUMBER);
    uint64_t due = number_at(found + TIME) | (uint64_t)number_at(found + TIME + 8) << 32;
    if (sender >= (uint32_t)options.senders || number >= said[sender] || due > at
        || memcmp(found + FILLER, message + FILLER, (size_t)options.size - FILLER)) {
        faults.corrupt++;
        return;
    }
    struct heard *of = &heard[(client - clients) * options.senders + sender];
    if (of->may_be_earlier) {
        of->may_be_earlier = false;
        if (number < of->next) {
            client->before -= of->next - number;
            of->next = number;
        }
    }
    if (number == of->next) {
        of->next++;
        of->missing <<= 1;
    } else if (!is_new(of, number)) {
        return;
    }
    client->messages++;
    client->order = (client->order ^ ((uint64_t)sender << 32 | number)) * 0x9e3779b97f4a7c15 + 1;
    if (client->stalled) return;
    deliveries++;
    if (due >= counted_from && due < counted_until) count_latency(at - due);
    if (options.window) {
        uint32_t *place = &awaited[sender * (uint32_t)options.window
                                   + number % (uint32_t)options.window];
        if (--*place == 0) say_more((int)sender);
    }
}

/* It must hear all that is said from now on, and may hear what was said a moment ago. */
void begin_to_hear(struct client *client)
{
    for (int sender = 0; sender < options.senders; sender++) {
        struct heard *of = &heard[(client - clients) * options.senders + sender];
        *of = (struct heard){.next = said[sender], .may_be_earlier = true};
        client->before += said[sender];
    }
}

static uint64_t should_have_heard(const struct client *client, bool all)
{
    uint64_t sum = 0;
    for (int sender = 0; sender < options.senders; sender++)
        if (hears_itself() || client != &clients[sender])
            sum += all ? said[sender] : heard[(client - clients) * options.senders + sender].next;
    return sum - client->before - client->messages;
}

uint64_t owed(const struct client *client)
{
    return should_have_heard(client, true);
}

uint64_t skipped(const struct client *client)
{
    return should_have_heard(client, false);
}
