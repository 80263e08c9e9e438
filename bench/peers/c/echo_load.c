/*
 * The load for an echo server: each connection sends a message, waits for the whole of it to come back, compares it,
 * and sends the next. One thread, level-triggered epoll.
 *
 * After the warm-up it prints "measuring"; at the end one line of JSON, with what happened in between.
 */

#include <sys/epoll.h>
#include <time.h>

#include "yardstick.h"

enum { EVENTS_MAX = 512, RECEIVE_BYTES = 64 * 1024, OFFSETS = 4096 };

struct connection {
    int fd;
    size_t start; /* where in the pattern this message begins */
    size_t sent;
    size_t received;
};

static long message_bytes;
static char *pattern; /* a message is a window of it, another one each time, so that an old echo is noticed */
static char block[RECEIVE_BYTES];
static int poller;
static long alive;
static uint64_t messages, errors;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
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
    ssize_t sent = send(c->fd, pattern + c->start + c->sent, (size_t)message_bytes - c->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        fail(c, "send failed");
        return;
    }
    if (sent > 0) c->sent += (size_t)sent;
    int must_wait = c->sent < (size_t)message_bytes;
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
    if (c->received + (size_t)received > c->sent || memcmp(block, pattern + c->start + c->received, (size_t)received)) {
        fail(c, "the echo differs from what was sent");
        return;
    }
    c->received += (size_t)received;
    if (c->received < (size_t)message_bytes) return;

    messages++;
    c->start = (c->start + 61) % OFFSETS;
    c->sent = c->received = 0;
    send_rest(c, 0);
}

static void connect_all(struct connection *connections, long count, const struct sockaddr_in *address)
{
    int one = 1;
    for (long i = 0; i < count; i++) {
        struct connection *c = &connections[i];
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0) die("socket");
        if (connect(c->fd, (const struct sockaddr *)address, sizeof *address) < 0) die("connect");
        if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0) die("TCP_NODELAY");
        if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
        c->start = (size_t)i * 7 % OFFSETS;
        watch(EPOLL_CTL_ADD, c, EPOLLIN);
        alive++;
    }
    for (long i = 0; i < count; i++) send_rest(&connections[i], 0);
}

/* Runs until the time, the count, or the last connection's end; returns the time. */
static double run_until(double end, uint64_t count)
{
    for (;;) {
        double time = now();
        if (time >= end || messages >= count || alive == 0) return time;

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
    double warm_up = 1;
    uint64_t count = UINT64_MAX;
    for (int option; (option = getopt(argc, argv, "n:w:")) != -1;) {
        if (option == 'n') count = (uint64_t)number(optarg, 1, 1000000000);
        else if (option == 'w') warm_up = (double)number(optarg, 0, 3600);
        else argc = 0;
    }
    if (argc - optind != 5) {
        fprintf(stderr, "usage: echo_load [-n MESSAGES] [-w WARM_UP_SECONDS] "
                        "HOST PORT CONNECTIONS MESSAGE_BYTES SECONDS\n"
                        "HOST is an IPv4 address. -n ends the measurement early, after so many messages.\n");
        return 2;
    }

    argv += optind;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(argv[1], 1, 65535))};
    if (inet_pton(AF_INET, argv[0], &address.sin_addr) != 1) {
        fprintf(stderr, "'%s' is not an IPv4 address\n", argv[0]);
        return 2;
    }
    long connection_count = number(argv[2], 1, DESCRIPTORS_MAX - 16);
    message_bytes = number(argv[3], 1, 64 * 1024 * 1024);
    double seconds = (double)number(argv[4], 1, 3600);

    allow_many_descriptors();
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct connection *connections = calloc((size_t)connection_count, sizeof *connections);
    pattern = malloc((size_t)message_bytes + OFFSETS);
    if (poller < 0 || connections == NULL || pattern == NULL) die("set-up");
    uint32_t state = 1;
    for (long i = 0; i < message_bytes + OFFSETS; i++) {
        state = state * 1664525u + 1013904223u; /* any generator will do that does not repeat within a message */
        pattern[i] = (char)(state >> 24);
    }

    connect_all(connections, connection_count, &address);
    run_until(now() + warm_up, UINT64_MAX);
    messages = 0;
    puts("measuring");
    fflush(stdout);
    double start = now();
    double end = run_until(start + seconds, count);
    printf("{\"done\": %llu, \"seconds\": %.6f, \"errors\": %llu}\n",
           (unsigned long long)messages, end - start, (unsigned long long)errors);
    fflush(stdout);

    /* Whoever reads the server's CPU time on seeing that line should not find the cost of closing in it. */
    usleep(20000);
    return errors == 0 ? 0 : 1;
}
