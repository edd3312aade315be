// Calls behind feature macros that Swift's module of the C library does not set, or variadic ones.
#define _GNU_SOURCE 1

#include "CIntrinsics.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

int roost_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }

int roost_open_uncached(const char *path) {
#if defined(__linux__) && defined(O_DIRECT)
    return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
#else
    (void)path;
    errno = EINVAL;
    return -1;
#endif
}

ssize_t roost_read_cached(int fd, void *buffer, size_t count, off_t offset) {
#if defined(__linux__) && defined(RWF_NOWAIT)
    struct iovec piece = {buffer, count};
    return preadv2(fd, &piece, 1, offset, RWF_NOWAIT);
#else
    // No such call: say that it would block.
    (void)fd, (void)buffer, (void)count, (void)offset;
    errno = EAGAIN;
    return -1;
#endif
}

int roost_sync_data(int fd) {
#if defined(__APPLE__)
    // fsync leaves the bytes in the drive's cache there.
    return fcntl(fd, F_FULLFSYNC);
#else
    return fdatasync(fd);
#endif
}

int roost_sync_directory(int fd) { return fsync(fd); }

int roost_reserve(int fd, off_t offset, off_t count) {
#if defined(__linux__)
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, count);
#else
    (void)fd, (void)offset, (void)count;
    errno = EOPNOTSUPP;
    return -1;
#endif
}

int roost_try_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int roost_random_fill(void *buffer, size_t count) { return getentropy(buffer, count); }

void roost_name_this_thread(const char *name) {
#if defined(__APPLE__)
    pthread_setname_np(name);
#elif defined(__linux__)
    // The kernel keeps 15 characters and refuses longer names.
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
#endif
}
