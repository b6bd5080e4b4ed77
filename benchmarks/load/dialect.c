/* What is said around the messages: in chatsvc's lines, on IRC, or as JSON in WebSockets. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tell(struct client *client, const char *text, size_t length)
{
    if (client->framed)
        send_frame(client, text, length);
    else
        memcpy(room_for(client, length), text, length);
}

static void write_line(struct client *client, const char *text)
{
    tell(client, text, strlen(text));
}

static bool ends(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

static bool begins(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

static const char *const starts[] = {
    [CHATSVC] = "/bc \"",
    [IRC] = "PRIVMSG #load :",
    [WEBSOCKET] = "{\"do\": \"say\", \"room\": \"#lobby\", \"text\": \"",
};
static const char *const message_ends[] = {
    [CHATSVC] = "\"\n", [IRC] = "\r\n", [WEBSOCKET] = "\"}",
};
static const char *const goodbyes[] = {
    [CHATSVC] = "/quit\n", [IRC] = "QUIT :bye\r\n", [WEBSOCKET] = "{\"do\": \"quit\"}",
};

const char *message_start(void)
{
    return starts[options.dialect];
}

const char *message_end(void)
{
    return message_ends[options.dialect];
}

bool hears_itself(void)
{
    return options.dialect != IRC || strstr(options.capabilities, "echo-message");
}

void introduce(struct client *client)
{
    static int number; /* one who comes again may still be there under the former nick */
    char text[512];
    if (options.dialect == WEBSOCKET) ask_to_upgrade(client);
    if (options.dialect != IRC) return;
    if (*options.capabilities) {
        snprintf(text, sizeof text, "CAP REQ :%s\r\nCAP END\r\n", options.capabilities);
        write_line(client, text);
    }
    snprintf(text, sizeof text, "NICK u%d\r\nUSER load 0 * :load\r\n", ++number);
    write_line(client, text);
}

static bool is_owner(const struct client *client)
{
    return options.accounts && client - clients < options.senders;
}

void say_goodbye(struct client *client)
{
    write_line(client, goodbyes[options.dialect]);
}

static void become_ready(struct client *client)
{
    client->state = READY;
    ready++;
    begin_to_hear(client);
}

static void understand_chatsvc(struct client *client, const char *line)
{
    const char *text = line + strlen("server: "), *number;
    if (!begins(line, "server: ")) {
        if (client->state == ARRIVING) die("before the welcome: %s", line);
    } else if (client->state == ARRIVING) {
        if (!begins(text, "Welcome")) die("instead of a welcome: %s", line);
        become_ready(client);
    } else if (ends(text, " has joined.")) {
        client->joins++;
    } else if (ends(text, " others have joined.") && (number = strstr(text, " and "))) {
        client->joins += strtoull(number + strlen(" and "), NULL, 10) + 1;
    } else if (begins(text, "You missed ")) {
        client->missed += strtoull(text + strlen("You missed "), NULL, 10);
    }
}

static void understand_irc(struct client *client, char *line)
{
    const char *verb = strchr(line, ' ');
    if (begins(line, "PING ")) {
        line[1] = 'O';
        write_line(client, line);
        write_line(client, "\r\n");
    } else if (begins(line, "ERROR")) {
        if (client->state == ARRIVING) die("%s", line);
    } else if (!verb) {
        return;
    } else if (client->state == READY) {
        if (begins(verb, " JOIN ")) client->joins++;
    } else if (begins(verb, " 001 ") && is_owner(client)) {
        write_line(client, "REGISTER * * the-load-generators-own\r\n");
    } else if (begins(verb, is_owner(client) ? " 900 " : " 001 ") && !options.stay_out) {
        write_line(client, "JOIN #load\r\n");
    } else if (begins(verb, " REGISTER ") || begins(line, "FAIL ") || begins(verb, " FAIL ")) {
        if (!strstr(line, " SUCCESS ")) die("%s", line);
    } else if (begins(verb, " 366 ") || begins(verb, " 001 ")) {
        become_ready(client);
    }
}

/* The value of a field in an object that has no others in it; NULL if it is not there. */
static const char *value_of(const char *object, const char *field)
{
    char name[32];
    snprintf(name, sizeof name, "\"%s\":", field);
    const char *found = strstr(object, name);
    return found ? found + strlen(name) + strspn(found + strlen(name), " ") : NULL;
}

static uint64_t number_of(const char *object, const char *field)
{
    const char *value = value_of(object, field);
    return value ? strtoull(value, NULL, 10) : 0;
}

static void understand_websocket(struct client *client, const char *line)
{
    const char *event = value_of(line, "event");
    if (!client->framed) {
        if (begins(line, "HTTP/") && !strstr(line, " 101 ")) die("%s", line);
        if (*line) return;
        client->framed = true;
        write_line(client, "{\"do\": \"ping\"}"); /* the silent might want to resume: they wait */
    } else if (client->state == ARRIVING) {
        if (!event || !begins(event, "\"welcome\"")) die("instead of a welcome: %s", line);
        become_ready(client);
    } else if (!event) {
        return;
    } else if (begins(event, "\"joined\"")) {
        client->joins++;
    } else if (begins(event, "\"crowd-joined\"")) {
        client->joins += number_of(line, "others") + 1;
    } else if (begins(event, "\"missed\"")) {
        client->missed += number_of(line, "lines");
    }
}

void understand(struct client *client, char *line)
{
    if (options.dialect == IRC)
        understand_irc(client, line);
    else if (options.dialect == WEBSOCKET)
        understand_websocket(client, line);
    else
        understand_chatsvc(client, line);
}
