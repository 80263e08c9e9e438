/*
 * The load for an echo server: each connection sends a message, waits for the whole of it to come back, compares it,
 * and sends the next. One thread, level-triggered epoll. At the end it prints a line of JSON, with what was done.
 *
 * With -w it asks for a WebSocket first, and each message is a frame (RFC 6455): masked there, unmasked back.
 */

#include <sys/epoll.h>
#include <sys/time.h>

#include "yardstick.h"

enum { EVENTS_MAX = 512, RECEIVE_BYTES = 64 * 1024, MESSAGES = 64, OFFSET = 61, HANDSHAKE_SECONDS_MAX = 10 };

struct connection {
    int fd;
    size_t message; /* which one is under way */
    size_t sent;
    size_t received;
};

/* Each message is another one than the last, so that an old echo is noticed. */
static const char *requests[MESSAGES], *replies[MESSAGES];
static size_t request_bytes, reply_bytes;
static char block[RECEIVE_BYTES];
static int poller;
static long alive;
static uint64_t messages, errors;

/* Windows of one pattern: a message begins a few bytes after the one before. */
static void make_messages(size_t length)
{
    char *pattern = room(length + MESSAGES * OFFSET);
    fill(pattern, length + MESSAGES * OFFSET);
    for (size_t i = 0; i < MESSAGES; i++) requests[i] = replies[i] = pattern + i * OFFSET;
    request_bytes = reply_bytes = length;
}

/* The same as binary frames, final ones: section 5.2. */
static void make_frames(size_t length)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    for (size_t i = 0; i < MESSAGES; i++) {
        const char *content = requests[i];
        char *masked = room(6 + length), *plain = room(2 + length);
        memcpy(masked, (char[]){(char)0x82, (char)(0x80 | length)}, 2);
        memcpy(masked + 2, mask, 4);
        for (size_t j = 0; j < length; j++) masked[6 + j] = (char)(content[j] ^ mask[j % 4]);
        memcpy(plain, (char[]){(char)0x82, (char)length}, 2);
        memcpy(plain + 2, content, length);
        requests[i] = masked;
        replies[i] = plain;
    }
    request_bytes = 6 + length;
    reply_bytes = 2 + length;
}

static void watch(int operation, struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, operation, c->fd, &event) < 0) die("epoll_ctl");
}

static void fail(struct connection *c, const char *what)
{
    if (errors++ == 0) fprintf(stderr, "%s\n", what);
    close(c->fd);
    c->fd = -1;
    alive--;
}

/* Sends what is left of the message; asks for EPOLLOUT after a short write, and drops it when all is sent. */
static void send_rest(struct connection *c, int is_waiting)
{
    ssize_t sent = send(c->fd, requests[c->message] + c->sent, request_bytes - c->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        fail(c, "send failed");
        return;
    }
    if (sent > 0) c->sent += (size_t)sent;
    int must_wait = c->sent < request_bytes;
    if (must_wait != is_waiting) watch(EPOLL_CTL_MOD, c, must_wait ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void receive_some(struct connection *c)
{
    ssize_t received = recv(c->fd, block, sizeof block, 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) {
        fail(c, received == 0 ? "the server closed a connection" : "receive failed");
        return;
    }
    if (c->received + (size_t)received > reply_bytes
        || memcmp(block, replies[c->message] + c->received, (size_t)received)) {
        fail(c, "the echo differs from what was sent");
        return;
    }
    c->received += (size_t)received;
    if (c->received < reply_bytes) return;

    messages++;
    c->message = (c->message + 1) % MESSAGES;
    c->sent = c->received = 0;
    send_rest(c, 0);
}

/* Asks for a WebSocket, and reads the head of the reply; no message comes before the first request. */
static void shake_hands(int fd, const char *path)
{
    char text[4096];
    struct timeval timeout = {.tv_sec = HANDSHAKE_SECONDS_MAX};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0) die("SO_RCVTIMEO");
    int length = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path);
    if (send(fd, text, (size_t)length, MSG_NOSIGNAL) != length) die("send");
    size_t have = 0;
    while (memmem(text, have, "\r\n\r\n", 4) == NULL) {
        ssize_t received = have < sizeof text ? recv(fd, text + have, sizeof text - have, 0) : 0;
        if (received <= 0) die("the reply to the request for a WebSocket");
        have += (size_t)received;
    }
    if (have < 12 || memcmp(text, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "no WebSocket: %.*s\n", (int)(have < 80 ? have : 80), text);
        exit(3);
    }
}

static void connect_all(struct connection *connections, long count, const struct sockaddr_in *address, const char *path)
{
    int one = 1;
    for (long i = 0; i < count; i++) {
        struct connection *c = &connections[i];
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0) die("socket");
        if (connect(c->fd, (const struct sockaddr *)address, sizeof *address) < 0) die("connect");
        if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0) die("TCP_NODELAY");
        if (path != NULL) shake_hands(c->fd, path);
        if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
        c->message = (size_t)i % MESSAGES;
        watch(EPOLL_CTL_ADD, c, EPOLLIN);
        alive++;
    }
    for (long i = 0; i < count; i++) send_rest(&connections[i], 0);
}

/* Runs until the time, or the last connection's end; returns the time. */
static double run_until(double end)
{
    for (;;) {
        double time = now();
        if (time >= end || alive == 0) return time;

        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(poller, events, EVENTS_MAX, (int)((end - time) * 1000) + 1);
        if (ready < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) send_rest(c, 1);
            if (c->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) receive_some(c);
        }
    }
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    for (int option; (option = getopt(argc, argv, "w:")) != -1;) {
        if (option == 'w') path = optarg;
        else argc = 0;
    }
    if (argc - optind != 4) {
        fprintf(stderr, "usage: echo_load [-w PATH] PORT CONNECTIONS MESSAGE_BYTES SECONDS\n"
                        "-w PATH: over WebSockets from there, in messages of at most 125 bytes.\n");
        return 2;
    }

    argv += optind;
    struct sockaddr_in address = loopback(argv[0]);
    long connection_count = number(argv[1], 1, DESCRIPTORS_MAX - 16);
    size_t message_bytes = (size_t)number(argv[2], 1, path == NULL ? 64 * 1024 * 1024 : 125);
    double seconds = (double)number(argv[3], 1, 3600);

    allow_many_descriptors();
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) die("epoll_create1");
    make_messages(message_bytes);
    if (path != NULL) make_frames(message_bytes);

    connect_all(room((size_t)connection_count * sizeof(struct connection)), connection_count, &address, path);
    double start = now();
    double end = run_until(start + seconds);
    report(messages, end - start, errors);
    return errors == 0 ? 0 : 1;
}
