/*
 * The same TCP server over io_uring, by its system calls alone: multishot accept, one receive in flight for each
 * connection into a buffer the kernel picks from a ring, and one io_uring_enter for each turn of the loop.
 *
 * A connection has one request in flight: a receive or a send. It holds a buffer only while it echoes; if the kernel
 * finds none for a receive, the connection waits in a list until one is given back.
 *
 * Linking the send with the next receive, so that a reply posts no completion of its own, was measured at 0.99 times
 * the cost of this (2026-11, 64 connections, 64 bytes) and is not worth its states.
 */

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "server.h"

enum {
    SUBMISSIONS = 4096,
    BUFFERS = 1024, /* a power of two */
    BUFFER_BYTES = 16 * 1024,
    BUFFER_GROUP = 0,
    NOBODY = -1, /* no descriptor, no buffer */
};

/* The upper half of a request's user_data; the lower half is the descriptor. */
enum operation { ACCEPT, RECEIVE, SEND };

struct connection {
    int buffer; /* being echoed, or NOBODY */
    uint32_t sent;
    uint32_t length;
    const char *bytes; /* being sent */
    int next_waiting; /* the descriptor after this one in the list, or NOBODY */
};

static struct connection connections[DESCRIPTORS_MAX];
static char (*buffers)[BUFFER_BYTES];
static struct io_uring_buf_ring *buffer_ring;
static uint16_t buffer_tail;
static int first_waiting = NOBODY;

static int ring;
static struct io_uring_sqe *submissions;
static uint32_t submission_mask, submission_tail, submissions_queued;
static uint32_t *kernel_submission_tail;
static struct io_uring_cqe *completions;
static uint32_t completion_mask;
static uint32_t *kernel_completion_head, *kernel_completion_tail;

static void *map(size_t bytes, int fd, off_t offset)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_POPULATE;
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, offset);
    if (start == MAP_FAILED) die("mmap");
    return start;
}

static void set_up_ring(void)
{
    struct io_uring_params parameters = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    };
    ring = (int)syscall(__NR_io_uring_setup, SUBMISSIONS, &parameters);
    if (ring < 0) die("io_uring_setup");

    /* With IORING_FEAT_SINGLE_MMAP both queues are in one mapping, as large as the larger needs. */
    size_t submission_bytes = parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t);
    size_t completion_bytes = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    size_t bytes = submission_bytes > completion_bytes ? submission_bytes : completion_bytes;
    char *queues = map(bytes, ring, IORING_OFF_SQ_RING);
    submissions = map(parameters.sq_entries * sizeof(struct io_uring_sqe), ring, IORING_OFF_SQES);
    kernel_submission_tail = (uint32_t *)(queues + parameters.sq_off.tail);
    submission_mask = *(uint32_t *)(queues + parameters.sq_off.ring_mask);
    completions = (struct io_uring_cqe *)(queues + parameters.cq_off.cqes);
    kernel_completion_head = (uint32_t *)(queues + parameters.cq_off.head);
    kernel_completion_tail = (uint32_t *)(queues + parameters.cq_off.tail);
    completion_mask = *(uint32_t *)(queues + parameters.cq_off.ring_mask);

    /* Slot n of the queue always names entry n, so the array is written once. */
    uint32_t *array = (uint32_t *)(queues + parameters.sq_off.array);
    for (uint32_t i = 0; i < parameters.sq_entries; i++) array[i] = i;
}

static void give_buffer(int index)
{
    struct io_uring_buf *slot = (struct io_uring_buf *)buffer_ring + (buffer_tail & (BUFFERS - 1));
    slot->addr = (uint64_t)(uintptr_t)buffers[index];
    slot->len = BUFFER_BYTES;
    slot->bid = (uint16_t)index;
    buffer_tail++;
    __atomic_store_n(&buffer_ring->tail, buffer_tail, __ATOMIC_RELEASE);
}

static void set_up_buffers(void)
{
    buffers = map((size_t)BUFFERS * BUFFER_BYTES, -1, 0);
    buffer_ring = map(BUFFERS * sizeof(struct io_uring_buf), -1, 0);
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)buffer_ring,
        .ring_entries = BUFFERS,
        .bgid = BUFFER_GROUP,
    };
    if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &registration, 1) < 0) {
        die("io_uring_register");
    }
    for (int i = 0; i < BUFFERS; i++) give_buffer(i);
}

/* Hands over what is queued, and waits for at least the given number of completions. */
static void enter(unsigned wait_for)
{
    __atomic_store_n(kernel_submission_tail, submission_tail, __ATOMIC_RELEASE);
    long taken = syscall(__NR_io_uring_enter, ring, submissions_queued, wait_for, IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken < 0) {
        /* EBUSY and EAGAIN: completions must be read first. Nothing was taken. */
        if (errno != EINTR && errno != EBUSY && errno != EAGAIN) die("io_uring_enter");
        return;
    }
    submissions_queued -= (uint32_t)taken;
}

static struct io_uring_sqe *request(uint8_t opcode, enum operation operation, int fd)
{
    while (submissions_queued == SUBMISSIONS) enter(0);
    struct io_uring_sqe *entry = &submissions[submission_tail++ & submission_mask];
    submissions_queued++;
    memset(entry, 0, sizeof *entry);
    entry->opcode = opcode;
    entry->fd = fd;
    entry->user_data = (uint64_t)operation << 32 | (uint32_t)fd;
    return entry;
}

static void request_accept(int listener)
{
    struct io_uring_sqe *entry = request(IORING_OP_ACCEPT, ACCEPT, listener);
    entry->ioprio = IORING_ACCEPT_MULTISHOT;
    entry->accept_flags = SOCK_CLOEXEC;
}

static void request_receive(int fd)
{
    struct io_uring_sqe *entry = request(IORING_OP_RECV, RECEIVE, fd);
    entry->flags = IOSQE_BUFFER_SELECT;
    entry->buf_group = BUFFER_GROUP;
    entry->ioprio = IORING_RECVSEND_POLL_FIRST; /* a client that waits for its echo has sent nothing yet */
}

static void request_send(int fd)
{
    struct connection *c = &connections[fd];
    struct io_uring_sqe *entry = request(IORING_OP_SEND, SEND, fd);
    entry->addr = (uint64_t)(uintptr_t)(c->bytes + c->sent);
    entry->len = c->length - c->sent;
    entry->msg_flags = MSG_NOSIGNAL;
}

static void on_accept(int listener, const struct io_uring_cqe *completion)
{
    if (completion->res >= DESCRIPTORS_MAX) {
        close(completion->res);
    } else if (completion->res >= 0) {
        blank_line_bytes[completion->res] = 0;
        request_receive(completion->res);
    } else if (completion->res != -ECONNABORTED && completion->res != -EINTR) {
        errno = -completion->res;
        die("accept");
    }
    if (!(completion->flags & IORING_CQE_F_MORE)) request_accept(listener);
}

/* Called where a connection is done with a buffer, or ends without having needed the one it was woken for. */
static void wake_waiting(void)
{
    if (first_waiting == NOBODY) return;
    int fd = first_waiting;
    first_waiting = connections[fd].next_waiting;
    request_receive(fd);
}

static void on_receive(int fd, const struct io_uring_cqe *completion)
{
    struct connection *c = &connections[fd];
    if (completion->res > 0) {
        int buffer = (int)(completion->flags >> IORING_CQE_BUFFER_SHIFT);
        size_t length;
        c->bytes = answer(fd, buffers[buffer], (size_t)completion->res, &length);
        c->sent = 0;
        c->length = (uint32_t)length;
        c->buffer = what == ECHO ? buffer : NOBODY;
        if (c->buffer == NOBODY) give_buffer(buffer);
        if (length > 0) {
            request_send(fd);
        } else {
            request_receive(fd);
        }
        if (c->buffer == NOBODY) wake_waiting();
    } else if (completion->res == -ENOBUFS) {
        c->next_waiting = first_waiting;
        first_waiting = fd;
    } else {
        if (completion->flags & IORING_CQE_F_BUFFER) give_buffer((int)(completion->flags >> IORING_CQE_BUFFER_SHIFT));
        close(fd);
        wake_waiting();
    }
}

static void on_send(int fd, const struct io_uring_cqe *completion)
{
    struct connection *c = &connections[fd];
    if (completion->res > 0 && (uint32_t)completion->res < c->length - c->sent) {
        c->sent += (uint32_t)completion->res;
        request_send(fd);
        return;
    }

    if (c->buffer != NOBODY) give_buffer(c->buffer);
    if (completion->res > 0 && what != HTTP_CLOSE) {
        request_receive(fd);
    } else {
        close(fd);
    }
    wake_waiting();
}

int main(int argc, char **argv)
{
    int listener = listen_on(argc, argv);
    set_up_ring();
    set_up_buffers();
    request_accept(listener);

    for (;;) {
        enter(1);
        uint32_t head = *kernel_completion_head;
        uint32_t tail = __atomic_load_n(kernel_completion_tail, __ATOMIC_ACQUIRE);
        for (; head != tail; head++) {
            const struct io_uring_cqe *completion = &completions[head & completion_mask];
            int fd = (int)(uint32_t)completion->user_data;
            switch ((enum operation)(completion->user_data >> 32)) {
            case ACCEPT: on_accept(fd, completion); break;
            case RECEIVE: on_receive(fd, completion); break;
            case SEND: on_send(fd, completion); break;
            }
        }
        __atomic_store_n(kernel_completion_head, head, __ATOMIC_RELEASE);
    }
}
