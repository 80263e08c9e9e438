/*
 * A UDP echo server that lets the kernel carry trains of datagrams: UDP_GRO joins what one peer sent into one message,
 * which goes back as it is, to be cut apart by UDP_SEGMENT. One thread that blocks in recvmmsg. What the kernel allows.
 */

#include <netinet/udp.h>

#include "yardstick.h"

enum { BATCH = 16, MESSAGE_BYTES_MAX = 65536, BUFFER_BYTES = 4 * 1024 * 1024 };

union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static struct mmsghdr headers[BATCH];
static struct iovec places[BATCH];
static struct sockaddr_in peers[BATCH];
static union control controls[BATCH];
static char blocks[BATCH][MESSAGE_BYTES_MAX];

static void prepare_to_receive(void)
{
    for (int i = 0; i < BATCH; i++) {
        places[i] = (struct iovec){blocks[i], sizeof blocks[i]};
        headers[i].msg_hdr = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &places[i], .msg_iovlen = 1,
            .msg_control = &controls[i], .msg_controllen = sizeof controls[i],
        };
    }
}

/* What came with a size of its datagrams goes back with it: as an int it came, as 16 bits it goes. */
static void prepare_to_send(int i)
{
    struct msghdr *message = &headers[i].msg_hdr;
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    places[i].iov_len = headers[i].msg_len;
    if (control == NULL) {
        message->msg_control = NULL;
        return;
    }
    int came;
    memcpy(&came, CMSG_DATA(control), sizeof came);
    uint16_t datagram_bytes = (uint16_t)came;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof datagram_bytes);
    memcpy(CMSG_DATA(control), &datagram_bytes, sizeof datagram_bytes);
    message->msg_controllen = CMSG_SPACE(sizeof datagram_bytes);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }

    struct sockaddr_in address = loopback(argv[1]);
    int bytes = BUFFER_BYTES, one = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0) die("SO_RCVBUF");
    if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) < 0) die("UDP_GRO");
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");

    for (;;) {
        prepare_to_receive();
        int count = recvmmsg(fd, headers, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) die("recvmmsg");
        for (int i = 0; i < count; i++) prepare_to_send(i);
        for (int sent = 0; sent < count;) {
            int more = sendmmsg(fd, headers + sent, (unsigned)(count - sent), 0);
            if (more < 0) die("sendmmsg");
            sent += more;
        }
    }
}
