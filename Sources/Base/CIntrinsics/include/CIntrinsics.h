#ifndef ROOST_CINTRINSICS_H
#define ROOST_CINTRINSICS_H

// Processor instructions and system calls that Swift cannot name.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// ---- Cyclic redundancy checks ----
//
// One plan serves every reflected CRC of 32 or 64 bits: a 32-bit state lives in the low half of 64 bits, and the same
// tables, folding and reduction work for both. States are raw (neither inverted on the way in nor out).

enum roost_crc_method {
    ROOST_CRC_SLICED = 0,        // eight tables, any processor
    ROOST_CRC_FOLDED = 1,        // carry-less multiplication
    ROOST_CRC_INSTRUCTION = 2,   // CRC-32C instructions, three streams side by side
};

// What a plan may use; less than the best is for tests on a processor that has better.
enum roost_crc_means {
    ROOST_CRC_TABLES = 0,
    ROOST_CRC_NARROW = 1,        // instructions on registers of at most 128 bits
    ROOST_CRC_BEST = 2,
};

struct roost_crc_plan {
    uint64_t tables[8][256];     // tables[k][b]: the state after byte b and k zero bytes
    uint64_t fold_wide[2];       // multipliers that move 128 bits 2,048 bits ahead: for the low and the high half
    uint64_t fold_far[2];        // the same, 512 bits ahead
    uint64_t fold_near[2];       // the same, 128 bits ahead
    uint64_t shift_long[2];      // CRC-32C: multipliers that move a state over one and two long streams
    uint64_t shift_short[2];     // the same for short streams
    int32_t method;
    int32_t is_wide;             // whether folding may use 512-bit registers
};

// `polynomial` is reflected and `width` its degree (32 or 64).
void roost_crc_plan_init(struct roost_crc_plan *plan, uint64_t polynomial, int width, enum roost_crc_means means);

uint64_t roost_crc_update(const struct roost_crc_plan *plan, uint64_t state, const void *bytes, size_t count);

// ---- MD5 of several streams side by side ----

enum roost_md5_method {
    ROOST_MD5_PLAIN = 0,         // one after the other
    ROOST_MD5_VECTOR = 1,        // what every processor of its kind has
    ROOST_MD5_AVX2 = 2,
    ROOST_MD5_AVX512 = 3,
};

// The fastest that this processor has; it has those before it as well.
enum roost_md5_method roost_md5_method(void);

// Streams that it computes at once.
size_t roost_md5_width(enum roost_md5_method method);

// Takes `blocks` blocks of 64 bytes from each of `count` streams into its state: a, b, c, d of RFC 1321.
void roost_md5_update(
    enum roost_md5_method method, uint32_t (*states)[4], const uint8_t *const *streams, size_t count, size_t blocks);

// ---- System calls: as in the C library, -1 and errno on failure ----

int roost_open(const char *path, int flags, mode_t mode);   // with O_CLOEXEC
int roost_open_uncached(const char *path);                   // for writing past the page cache; EINVAL where that is not possible
// Only from memory: EAGAIN when it would have to wait for the device; EOPNOTSUPP where the file system cannot tell.
ssize_t roost_read_cached(int fd, void *buffer, size_t count, off_t offset);
int roost_sync_data(int fd);
int roost_sync_directory(int fd);
int roost_reserve(int fd, off_t offset, off_t count);       // space without a change of size
int roost_try_lock(int fd);                                 // EWOULDBLOCK when another holds it
int roost_random_fill(void *buffer, size_t count);          // at most 256 bytes, cryptographically secure
void roost_name_this_thread(const char *name);

#endif
