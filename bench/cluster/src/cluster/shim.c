/* Turns the clock of a process and slows its disk, while it runs.
 *
 * SHIM_CLOCK names a file with a number of seconds that are added to what the wall clock says; monotonic time stays as it is.
 * SHIM_SYNC_DELAY names a file with a number of milliseconds that each fsync and fdatasync takes longer.
 * Without the file, or without a number in it, nothing is different. Files are looked at again every tenth of a second. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *variable;
    _Atomic long long looked_at; /* in ms */
    _Atomic long value;
} setting;

static setting clock_offset = {"SHIM_CLOCK", -1000, 0};
static setting sync_delay = {"SHIM_SYNC_DELAY", -1000, 0};

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void find(void) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

static long current(setting *of) {
    if (!real_clock_gettime) find();
    struct timespec now;
    real_clock_gettime(CLOCK_MONOTONIC, &now);
    long long ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000, last = atomic_load(&of->looked_at);
    if (ms - last < 100 || !atomic_compare_exchange_strong(&of->looked_at, &last, ms)) return atomic_load(&of->value);
    const char *path = getenv(of->variable);
    FILE *file = path ? fopen(path, "re") : NULL;
    long value = 0;
    if (file) {
        if (fscanf(file, "%ld", &value) != 1) value = 0;
        fclose(file);
    }
    atomic_store(&of->value, value);
    return value;
}

static int is_wall_clock(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t id, struct timespec *time) {
    if (!real_clock_gettime) find();
    int done = real_clock_gettime(id, time);
    if (done == 0 && is_wall_clock(id)) time->tv_sec += current(&clock_offset);
    return done;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int done = clock_gettime(CLOCK_REALTIME, &now);
    if (done == 0) *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return done;
}

time_t time(time_t *stored) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stored) *stored = now.tv_sec;
    return now.tv_sec;
}

static void delay(void) {
    long ms = current(&sync_delay);
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    if (ms > 0) nanosleep(&pause, NULL);
}

int fsync(int file) {
    delay();
    return real_fsync(file);
}

int fdatasync(int file) {
    delay();
    return real_fdatasync(file);
}
