/*
 * A UDP echo server: one thread that blocks in recvmmsg, and sends back with sendmmsg all that one call brought.
 */

#include "yardstick.h"

enum { BATCH = 64, DATAGRAM_BYTES_MAX = 2048, BUFFER_BYTES = 4 * 1024 * 1024 };

static struct mmsghdr headers[BATCH];
static struct iovec places[BATCH];
static struct sockaddr_in peers[BATCH];
static char blocks[BATCH][DATAGRAM_BYTES_MAX];

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }

    struct sockaddr_in address = loopback(argv[1]);
    int bytes = BUFFER_BYTES;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0) die("SO_RCVBUF");
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");

    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            places[i] = (struct iovec){blocks[i], sizeof blocks[i]};
            headers[i].msg_hdr = (struct msghdr){
                .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &places[i], .msg_iovlen = 1,
            };
        }
        int count = recvmmsg(fd, headers, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) die("recvmmsg");
        for (int i = 0; i < count; i++) places[i].iov_len = headers[i].msg_len;
        for (int sent = 0; sent < count;) {
            int more = sendmmsg(fd, headers + sent, (unsigned)(count - sent), 0);
            if (more < 0) die("sendmmsg");
            sent += more;
        }
    }
}
