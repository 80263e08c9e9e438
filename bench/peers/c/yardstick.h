/* What the programs here share. They are yardsticks for one machine: an error ends the program. */

#ifndef YARDSTICK_H
#define YARDSTICK_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Connections are kept in a table indexed by descriptor. */
enum { DESCRIPTORS_MAX = 65536 };

static inline void die(const char *what)
{
    perror(what);
    exit(3);
}

/* Returns the number in text, or ends the program: argument errors are not worth a default. */
static inline long number(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "'%s' is not a number from %ld to %ld\n", text, least, most);
        exit(2);
    }
    return value;
}

static inline struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)number(port, 1, 65535)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

/* Zeroed, and never given back. */
static inline void *room(size_t bytes)
{
    void *start = calloc(1, bytes);
    if (start == NULL) die("calloc");
    return start;
}

/* Any generator will do that does not repeat within a message. */
static inline void fill(char *bytes, size_t length)
{
    uint32_t state = 1;
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (char)(state >> 24);
    }
}

static inline double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What a generator says at its end. */
static inline void report(uint64_t done, double seconds, uint64_t errors)
{
    printf("{\"done\": %llu, \"seconds\": %.6f, \"errors\": %llu}\n", (unsigned long long)done, seconds,
           (unsigned long long)errors);
}

static inline void allow_many_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) die("getrlimit");
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) die("setrlimit");
}

#endif
