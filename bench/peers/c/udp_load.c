/*
 * The load for a UDP echo server: several sockets, each with a bounded number of datagrams under way, so that no buffer
 * overflows and nothing is lost. Each reply is compared, and answered with the next datagram. When the time is over it
 * waits for the replies that are still to come, and prints a line of JSON, with what was done.
 *
 * As senders at high rates do, a socket sends its datagrams in trains: one message that the kernel cuts apart
 * (UDP_SEGMENT), the next when all of it has come back, and what comes back may come joined (UDP_GRO). Or it sends
 * single datagrams, and all that one recvmmsg brought leave with one sendmmsg.
 *
 * A datagram begins with its place in the window and its turn there: a reply that comes twice or late is an error, and
 * so is one that does not come.
 */

#include <netinet/udp.h>
#include <poll.h>

#include "yardstick.h"

enum {
    WINDOW_MAX = 64, /* UDP_MAX_SEGMENTS of kernels before 6.9 */
    DATAGRAM_BYTES_MAX = 1000,
    SOCKETS_MAX = 64,
    MESSAGE_BYTES_MAX = 65536,
    LOST_AFTER_MILLISECONDS = 10000, /* a busy machine may keep a server waiting for seconds */
};

union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int))];
};

struct mark {
    uint32_t place;
    uint32_t turn;
};

static struct pollfd sockets[SOCKETS_MAX];
static uint32_t turns[SOCKETS_MAX][WINDOW_MAX];
static uint32_t came_back[SOCKETS_MAX]; /* of the train that is under way */

static struct mmsghdr headers[WINDOW_MAX];
static struct iovec places[WINDOW_MAX];
static union control controls[WINDOW_MAX];
static char blocks[WINDOW_MAX][MESSAGE_BYTES_MAX];

static struct mmsghdr out_headers[WINDOW_MAX];
static struct iovec out_places[WINDOW_MAX];
static char out_bytes[WINDOW_MAX * DATAGRAM_BYTES_MAX];
static uint32_t out_count;

static char pattern[DATAGRAM_BYTES_MAX];
static size_t datagram_bytes;
static uint32_t window;
static uint64_t datagrams, errors;
static enum { SINGLES, TRAINS } kind;
static enum { SENDING, WAITING_FOR_THE_REST } state = SENDING;
static long under_way;

/* Makes the next datagram of a place, behind those that are to leave. */
static void prepare(int s, uint32_t place)
{
    struct mark mark = {place, ++turns[s][place]};
    char *block = out_bytes + out_count++ * datagram_bytes;
    memcpy(block, &mark, sizeof mark);
    memcpy(block + sizeof mark, pattern, datagram_bytes - sizeof mark);
}

static void send_train(int fd)
{
    uint16_t segment_bytes = (uint16_t)datagram_bytes;
    union control control = {.aligned = {.cmsg_len = CMSG_LEN(sizeof segment_bytes), .cmsg_level = IPPROTO_UDP,
                                         .cmsg_type = UDP_SEGMENT}};
    memcpy(CMSG_DATA(&control.aligned), &segment_bytes, sizeof segment_bytes);
    struct iovec piece = {out_bytes, out_count * datagram_bytes};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(sizeof segment_bytes)};
    if (sendmsg(fd, &message, 0) < 0) die("sendmsg");
}

static void send_singles(int fd)
{
    for (uint32_t i = 0; i < out_count; i++) {
        out_places[i] = (struct iovec){out_bytes + i * datagram_bytes, datagram_bytes};
        out_headers[i].msg_hdr = (struct msghdr){.msg_iov = &out_places[i], .msg_iovlen = 1};
    }
    for (uint32_t sent = 0; sent < out_count;) {
        int more = sendmmsg(fd, out_headers + sent, out_count - sent, 0);
        if (more < 0) die("sendmmsg");
        sent += (uint32_t)more;
    }
}

static void send_prepared(int s)
{
    if (out_count == 0) return;
    if (kind == TRAINS) send_train(sockets[s].fd);
    else send_singles(sockets[s].fd);
    under_way += out_count;
    out_count = 0;
}

static void fail(void)
{
    fputs("the echo differs from what was sent\n", stderr);
    report(datagrams, 0, ++errors);
    exit(1);
}

/* Checks that a datagram is the one that its place waits for, and makes the next, or that of a whole train. */
static void take(int s, const char *datagram, size_t length)
{
    struct mark mark;
    if (length != datagram_bytes) fail();
    memcpy(&mark, datagram, sizeof mark);
    if (mark.place >= window || mark.turn != turns[s][mark.place]
        || memcmp(datagram + sizeof mark, pattern, datagram_bytes - sizeof mark) != 0) fail();
    datagrams++;
    under_way--;
    if (kind == SINGLES) {
        prepare(s, mark.place);
    } else if (++came_back[s] == window) {
        came_back[s] = 0;
        for (uint32_t place = 0; place < window; place++) prepare(s, place);
    }
}

/* How long each datagram of a message is: the kernel tells when it joined several. */
static size_t segment_bytes_of(struct msghdr *message, size_t length)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    int segment_bytes;
    if (control == NULL) return length;
    memcpy(&segment_bytes, CMSG_DATA(control), sizeof segment_bytes);
    return (size_t)segment_bytes;
}

static void answer(int s)
{
    for (uint32_t i = 0; i < window; i++) {
        places[i] = (struct iovec){blocks[i], sizeof blocks[i]};
        headers[i].msg_hdr = (struct msghdr){.msg_iov = &places[i], .msg_iovlen = 1, .msg_control = &controls[i],
                                             .msg_controllen = sizeof controls[i]};
    }
    int count = recvmmsg(sockets[s].fd, headers, window, MSG_DONTWAIT, NULL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) die("recvmmsg");
    for (int i = 0; i < count; i++) {
        size_t length = headers[i].msg_len, step = segment_bytes_of(&headers[i].msg_hdr, length);
        for (size_t at = 0; at < length; at += step) {
            take(s, blocks[i] + at, step < length - at ? step : length - at);
        }
    }
    if (state == SENDING) send_prepared(s);
    out_count = 0;
}

static void open_socket(int s, const struct sockaddr_in *address)
{
    int one = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (kind == TRAINS && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) < 0) die("UDP_GRO");
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0) die("connect");
    sockets[s] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static int usage(void)
{
    fprintf(stderr, "usage: udp_load singles|trains PORT SOCKETS WINDOW DATAGRAM_BYTES SECONDS\n"
                    "WINDOW is how many datagrams of a socket are under way, and the length of a train.\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc != 7) return usage();
    if (strcmp(argv[1], "trains") == 0) kind = TRAINS;
    else if (strcmp(argv[1], "singles") != 0) return usage();

    struct sockaddr_in address = loopback(argv[2]);
    int socket_count = (int)number(argv[3], 1, SOCKETS_MAX);
    window = (uint32_t)number(argv[4], 1, WINDOW_MAX);
    datagram_bytes = (size_t)number(argv[5], sizeof(struct mark), DATAGRAM_BYTES_MAX);
    double seconds = (double)number(argv[6], 1, 3600);
    fill(pattern, sizeof pattern);

    double start = now();
    for (int s = 0; s < socket_count; s++) {
        open_socket(s, &address);
        for (uint32_t place = 0; place < window; place++) prepare(s, place);
        send_prepared(s);
    }

    double end = start + seconds;
    while (under_way > 0) {
        if (state == SENDING && now() >= end) state = WAITING_FOR_THE_REST;
        int ready = poll(sockets, (nfds_t)socket_count, LOST_AFTER_MILLISECONDS);
        if (ready < 0 && errno != EINTR) die("poll");
        if (ready == 0) {
            fprintf(stderr, "no reply for ten seconds: %ld datagrams were lost\n", under_way);
            errors += (uint64_t)under_way;
            break;
        }
        for (int s = 0; s < socket_count; s++) {
            if (sockets[s].revents) answer(s);
        }
    }
    report(datagrams, now() - start, errors);
    return errors == 0 ? 0 : 1;
}
