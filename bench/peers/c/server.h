/* What both TCP servers share: the listening socket, and what they answer. */

#ifndef SERVER_H
#define SERVER_H

#include "yardstick.h"

enum { RECEIVE_BYTES = 64 * 1024, REPLY_BYTES_MAX = 256, REPLIES_MAX = 4096 };

/* ECHO sends back what came. HTTP parses nothing: it finds the blank line that ends each request, and answers each
 * with the same bytes. HTTP_CLOSE says "Connection: close" in them, and closes once they have left. */
static enum { ECHO, HTTP, HTTP_CLOSE } what;

static char replies[REPLIES_MAX * REPLY_BYTES_MAX]; /* one after the other: as many as one receive may ask for */
static size_t reply_bytes;
static uint8_t blank_line_bytes[DESCRIPTORS_MAX]; /* for each connection: how much of a blank line came last */

static void set_up_replies(void)
{
    char date[64];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
    reply_bytes = (size_t)sprintf(replies,
        "HTTP/1.1 200 OK\r\nServer: C\r\nDate: %s\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n%s\r\n"
        "Hello, World!", date, what == HTTP_CLOSE ? "Connection: close\r\n" : "");
    for (size_t i = 1; i < REPLIES_MAX; i++) memcpy(replies + i * reply_bytes, replies, reply_bytes);
}

/* The number of blank lines that end in these bytes of the connection. */
static size_t count_requests(int fd, const char *bytes, size_t length)
{
    static const char blank_line[] = "\r\n\r\n";
    size_t found = 0;
    unsigned matched = blank_line_bytes[fd];
    for (size_t i = 0; i < length; i++) {
        if (matched == 0) {
            const char *next = memchr(bytes + i, '\r', length - i);
            if (next == NULL) break;
            i = (size_t)(next - bytes);
        }
        matched = bytes[i] == blank_line[matched] ? matched + 1 : bytes[i] == '\r';
        if (matched == 4) {
            found++;
            matched = 0;
        }
    }
    blank_line_bytes[fd] = (uint8_t)matched;
    return found;
}

/* What to send for what was received; nothing while a request is incomplete. */
static const char *answer(int fd, const char *received, size_t length, size_t *answer_length)
{
    if (what == ECHO) {
        *answer_length = length;
        return received;
    }
    size_t count = count_requests(fd, received, length);
    if (count > REPLIES_MAX) {
        fputs("more requests in one receive than there are replies\n", stderr);
        exit(3);
    }
    *answer_length = count * reply_bytes;
    return replies;
}

/* Listens on loopback, and returns the non-blocking descriptor. */
static int listen_on(int argc, char **argv)
{
    static const char *const names[] = {"echo", "http", "http-close"};
    int found = -1;
    for (int i = 0; argc == 3 && i < 3; i++) {
        if (strcmp(argv[1], names[i]) == 0) found = i;
    }
    if (found < 0) {
        fprintf(stderr, "usage: %s echo|http|http-close PORT\n", argv[0]);
        exit(2);
    }
    what = found;
    set_up_replies();
    allow_many_descriptors();
    signal(SIGPIPE, SIG_IGN);

    int one = 1;
    struct sockaddr_in address = loopback(argv[2]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0) die("SO_REUSEADDR");
    /* Accepted sockets inherit it on Linux, which saves a call for each. */
    if (setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0) die("TCP_NODELAY");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(listener, 4096) < 0) die("listen");
    return listener;
}

#endif
