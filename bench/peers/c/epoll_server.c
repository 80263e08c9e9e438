/*
 * A TCP server that echoes, or answers HTTP: one thread, level-triggered epoll, one receive and one send for each
 * event. What a server built on the same calls costs above this is what its own code costs.
 *
 * A connection is either reading (EPOLLIN) or, after a short write, waiting to send the rest (EPOLLOUT). It holds
 * memory only in the second state.
 */

#include <sys/epoll.h>

#include "server.h"

enum { EVENTS_MAX = 512 };

struct pending {
    char *bytes; /* null while reading */
    size_t sent;
    size_t length;
};

static struct pending pending[DESCRIPTORS_MAX];
static char block[RECEIVE_BYTES];
static int poller;

static void watch(int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, operation, fd, &event) < 0) die("epoll_ctl");
}

static void end(int fd)
{
    free(pending[fd].bytes);
    pending[fd].bytes = NULL;
    close(fd); /* which also takes it out of the epoll set */
}

static void accept_all(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN) return;
            if (errno == ECONNABORTED || errno == EINTR) continue;
            die("accept4");
        }
        if (fd >= DESCRIPTORS_MAX) {
            close(fd);
            continue;
        }
        blank_line_bytes[fd] = 0;
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

/* Sends what it can. Returns the number of bytes sent, or -1 if the connection is over. */
static ssize_t send_some(int fd, const char *bytes, size_t length)
{
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? 0 : -1;
}

static void on_readable(int fd)
{
    ssize_t received = recv(fd, block, sizeof block, 0);
    if (received <= 0) {
        if (received == 0 || errno != EAGAIN) end(fd);
        return;
    }

    size_t length;
    const char *bytes = answer(fd, block, (size_t)received, &length);
    if (length == 0) return;
    ssize_t sent = send_some(fd, bytes, length);
    if (sent < 0) {
        end(fd);
    } else if ((size_t)sent < length) {
        struct pending *rest = &pending[fd];
        rest->sent = 0;
        rest->length = length - (size_t)sent;
        rest->bytes = malloc(rest->length);
        if (rest->bytes == NULL) die("malloc");
        memcpy(rest->bytes, bytes + sent, rest->length);
        watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
    } else if (what == HTTP_CLOSE) {
        end(fd);
    }
}

static void on_writable(int fd)
{
    struct pending *rest = &pending[fd];
    ssize_t sent = send_some(fd, rest->bytes + rest->sent, rest->length - rest->sent);
    if (sent < 0) {
        end(fd);
        return;
    }

    rest->sent += (size_t)sent;
    if (rest->sent == rest->length && what == HTTP_CLOSE) {
        end(fd);
    } else if (rest->sent == rest->length) {
        free(rest->bytes);
        rest->bytes = NULL;
        watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    }
}

int main(int argc, char **argv)
{
    int listener = listen_on(argc, argv);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);

    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(poller, events, EVENTS_MAX, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(listener);
            } else if (pending[fd].bytes != NULL) {
                on_writable(fd);
            } else {
                on_readable(fd);
            }
        }
    }
}
