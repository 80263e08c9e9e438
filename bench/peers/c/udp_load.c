/*
 * The load for a UDP echo server: several sockets, each with a bounded number of datagrams under way, so that no buffer
 * overflows and nothing is lost. Each reply is compared, and answered with the next datagram; all that one recvmmsg
 * brought leave with one sendmmsg. When the time is over it waits for the replies that are still to come, and prints a
 * line of JSON, with what was done.
 *
 * A datagram begins with its place in the window and its turn there: a reply that comes twice or late is an error, and
 * so is one that does not come.
 */

#include <poll.h>

#include "yardstick.h"

enum { WINDOW_MAX = 256, DATAGRAM_BYTES_MAX = 1024, SOCKETS_MAX = 64, LOST_AFTER_MILLISECONDS = 2000 };

static struct pollfd sockets[SOCKETS_MAX];
static uint32_t turns[SOCKETS_MAX][WINDOW_MAX];
static struct mmsghdr headers[WINDOW_MAX];
static struct iovec places[WINDOW_MAX];
static char blocks[WINDOW_MAX][DATAGRAM_BYTES_MAX];
static char pattern[DATAGRAM_BYTES_MAX];
static size_t datagram_bytes;
static uint64_t datagrams, errors;
static enum { SENDING, WAITING_FOR_THE_REST } state = SENDING;
static long under_way;

struct mark {
    uint32_t place;
    uint32_t turn;
};

static void send_all(int fd, int count)
{
    for (int i = 0; i < count; i++) places[i].iov_len = datagram_bytes;
    for (int sent = 0; sent < count;) {
        int more = sendmmsg(fd, headers + sent, (unsigned)(count - sent), 0);
        if (more < 0) die("sendmmsg");
        sent += more;
    }
    under_way += count;
}

/* Makes the next datagram of a place, in a block. */
static void prepare(int block, int s, uint32_t place)
{
    struct mark mark = {place, ++turns[s][place]};
    memcpy(blocks[block], &mark, sizeof mark);
    memcpy(blocks[block] + sizeof mark, pattern, datagram_bytes - sizeof mark);
}

/* Whether the datagram in the block is the one that its place waits for. */
static int is_expected(int block, int s, uint32_t window, struct mark *mark)
{
    memcpy(mark, blocks[block], sizeof *mark);
    return headers[block].msg_len == datagram_bytes && mark->place < window && mark->turn == turns[s][mark->place]
        && memcmp(blocks[block] + sizeof *mark, pattern, datagram_bytes - sizeof *mark) == 0;
}

static void answer(int s, uint32_t window)
{
    for (int i = 0; i < WINDOW_MAX; i++) places[i].iov_len = sizeof blocks[i];
    int count = recvmmsg(sockets[s].fd, headers, WINDOW_MAX, MSG_DONTWAIT, NULL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) die("recvmmsg");
    under_way -= count;
    for (int i = 0; i < count; i++) {
        struct mark mark;
        if (!is_expected(i, s, window, &mark)) {
            if (errors++ == 0) fputs("the echo differs from what was sent\n", stderr);
            report(datagrams, 0, errors);
            exit(1);
        }
        datagrams++;
        prepare(i, s, mark.place);
    }
    if (state == SENDING) send_all(sockets[s].fd, count);
}

static void open_socket(int s, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0) die("connect");
    sockets[s] = (struct pollfd){.fd = fd, .events = POLLIN};
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: udp_load PORT SOCKETS WINDOW DATAGRAM_BYTES SECONDS\n"
                        "WINDOW is how many datagrams of a socket are under way.\n");
        return 2;
    }

    struct sockaddr_in address = loopback(argv[1]);
    int socket_count = (int)number(argv[2], 1, SOCKETS_MAX);
    uint32_t window = (uint32_t)number(argv[3], 1, WINDOW_MAX);
    datagram_bytes = (size_t)number(argv[4], sizeof(struct mark), DATAGRAM_BYTES_MAX);
    double seconds = (double)number(argv[5], 1, 3600);
    fill(pattern, sizeof pattern);
    for (int i = 0; i < WINDOW_MAX; i++) {
        places[i].iov_base = blocks[i];
        headers[i].msg_hdr = (struct msghdr){.msg_iov = &places[i], .msg_iovlen = 1};
    }

    double start = now();
    for (int s = 0; s < socket_count; s++) {
        open_socket(s, &address);
        for (uint32_t place = 0; place < window; place++) prepare((int)place, s, place);
        send_all(sockets[s].fd, (int)window);
    }

    double end = start + seconds;
    while (under_way > 0) {
        if (state == SENDING && now() >= end) state = WAITING_FOR_THE_REST;
        int ready = poll(sockets, (nfds_t)socket_count, LOST_AFTER_MILLISECONDS);
        if (ready < 0 && errno != EINTR) die("poll");
        if (ready == 0) {
            fprintf(stderr, "no reply for two seconds: %ld datagrams were lost\n", under_way);
            errors += (uint64_t)under_way;
            break;
        }
        for (int s = 0; s < socket_count; s++) {
            if (sockets[s].revents) answer(s, window);
        }
    }
    report(datagrams, now() - start, errors);
    return errors == 0 ? 0 : 1;
}
