/* What is said around the messages: in chatsvc's lines, or on IRC. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(struct client *client, const char *text)
{
    memcpy(room_for(client, strlen(text)), text, strlen(text));
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

const char *message_start(void)
{
    return options.dialect == IRC ? "PRIVMSG #load :" : "/bc \"";
}

const char *message_end(void)
{
    return options.dialect == IRC ? "\r\n" : "\"\n";
}

bool hears_itself(void)
{
    return options.dialect != IRC || strstr(options.capabilities, "echo-message");
}

void introduce(struct client *client)
{
    static int number; /* one who comes again may still be there under the former nick */
    char text[512];
    if (options.dialect != IRC) return;
    if (*options.capabilities) {
        snprintf(text, sizeof text, "CAP REQ :%s\r\nCAP END\r\n", options.capabilities);
        tell(client, text);
    }
    snprintf(text, sizeof text, "NICK u%d\r\nUSER load 0 * :load\r\n", ++number);
    tell(client, text);
}

static bool is_owner(const struct client *client)
{
    return options.accounts && client - clients < options.senders;
}

void say_goodbye(struct client *client)
{
    tell(client, options.dialect == IRC ? "QUIT :bye\r\n" : "/quit\n");
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
        tell(client, line);
        tell(client, "\r\n");
    } else if (begins(line, "ERROR")) {
        if (client->state == ARRIVING) die("%s", line);
    } else if (!verb) {
        return;
    } else if (client->state == READY) {
        if (begins(verb, " JOIN ")) client->joins++;
    } else if (begins(verb, " 001 ") && is_owner(client)) {
        tell(client, "REGISTER * * the-load-generators-own\r\n");
    } else if (begins(verb, is_owner(client) ? " 900 " : " 001 ") && !options.stay_out) {
        tell(client, "JOIN #load\r\n");
    } else if (begins(verb, " REGISTER ") || begins(line, "FAIL ") || begins(verb, " FAIL ")) {
        if (!strstr(line, " SUCCESS ")) die("%s", line);
    } else if (begins(verb, " 366 ") || begins(verb, " 001 ")) {
        become_ready(client);
    }
}

void understand(struct client *client, char *line)
{
    if (options.dialect == IRC)
        understand_irc(client, line);
    else
        understand_chatsvc(client, line);
}
