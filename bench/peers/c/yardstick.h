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
#include <unistd.h>

/* Connections are kept in a table indexed by descriptor. */
enum { DESCRIPTORS_MAX = 65536 };

static void die(const char *what)
{
    perror(what);
    exit(3);
}

/* Returns the number in text, or ends the program: argument errors are not worth a default. */
static long number(const char *text, long least, long most)
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

static void allow_many_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) die("getrlimit");
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) die("setrlimit");
}

#endif
