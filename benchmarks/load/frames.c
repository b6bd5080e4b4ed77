/* WebSockets (RFC 6455): the handshake, and the frames of what is sent and received. */
#include "load.h"

#include <stdio.h>
#include <string.h>

enum { LAST = 0x80, TEXT = 1, PING = 9, PONG = 10, MASKED = 0x80, LONG = 126, LONGER = 127, KEY = 4 };

static const unsigned char key[KEY] = {0x37, 0xfa, 0x21, 0x3d}; /* any is as much work to undo */

void ask_to_upgrade(struct client *client)
{
    char text[512];
    int length = snprintf(
        text, sizeof text,
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: chatsvc.1\r\n\r\n",
        options.port);
    tell(client, text, (size_t)length);
}

static void send_masked(struct client *client, int opcode, const char *data, size_t length)
{
    bool is_long = length >= LONG;
    char *out = room_for(client, 2 + 2 * is_long + KEY + length);
    *out++ = (char)(LAST | opcode);
    *out++ = (char)(MASKED | (is_long ? LONG : length));
    if (is_long) {
        *out++ = (char)(length >> 8);
        *out++ = (char)length;
    }
    memcpy(out, key, KEY);
    out += KEY;
    for (size_t i = 0; i < length; i++) out[i] = (char)((unsigned char)data[i] ^ key[i % KEY]);
}

void send_frame(struct client *client, const char *text, size_t length)
{
    send_masked(client, TEXT, text, length);
}

/* The next message of what was received, not ended by a NUL; false if it is not complete. */
bool next_frame(struct client *client, char **rest, const char *stop, char **text, size_t *length)
{
    for (;;) {
        const unsigned char *frame = (unsigned char *)*rest;
        size_t there = (size_t)(stop - *rest), head = 2;
        if (there < head) return false;
        *length = frame[1];
        if (*length >= LONGER) die("a frame that is too long, or masked");
        if (*length == LONG) {
            head = 4;
            if (there < head) return false;
            *length = (size_t)frame[2] << 8 | frame[3];
        }
        if (there < head + *length) return false;
        int opcode = frame[0] & ~LAST;
        *text = *rest + head;
        *rest = *text + *length;
        if (opcode == TEXT) return true;
        if (opcode == PING) send_masked(client, PONG, *text, *length);
    }
}

/* A message with a NUL behind it, for which there is room where its frame began. */
char *ended(char *text, size_t length)
{
    text = memmove(text - 1, text, length);
    text[length] = '\0';
    return text;
}
