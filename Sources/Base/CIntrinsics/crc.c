// How the CRCs are computed.
//
// A reflected CRC holds the polynomial's highest power in the lowest bit, so bytes enter in memory order on a
// little-endian machine. Write a 128-bit register as L*x^64 + H, L being its low half. To move it D bits ahead,
// multiply L by x^(D+64) and H by x^D modulo the polynomial. A carry-less product of two reflected 64-bit values comes out
// multiplied by x once too often, hence the multipliers x^(D+63) and x^(D-1). The multipliers are computed from the
// polynomial at start instead of being quoted, so that there is nothing to mistype.
//
// The folded register is congruent to all bytes before it: the tables, run over its 16 bytes from state zero, finish the job.

#include "CIntrinsics.h"
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define ROOST_X86 1
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <arm_neon.h>
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#define ROOST_ARM 1
#endif

enum { LONG_STREAM = 1024, SHORT_STREAM = 128, FOLD_MIN = 128, WIDE_MIN = 1024 };

static uint64_t load64(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

// ---- Portable ----

static uint64_t sliced(const struct roost_crc_plan *plan, uint64_t state, const uint8_t *p, size_t count) {
    for (; count >= 8; p += 8, count -= 8) {
        uint64_t x = state ^ load64(p);
        state = plan->tables[7][x & 0xFF] ^ plan->tables[6][(x >> 8) & 0xFF] ^ plan->tables[5][(x >> 16) & 0xFF]
            ^ plan->tables[4][(x >> 24) & 0xFF] ^ plan->tables[3][(x >> 32) & 0xFF] ^ plan->tables[2][(x >> 40) & 0xFF]
            ^ plan->tables[1][(x >> 48) & 0xFF] ^ plan->tables[0][x >> 56];
    }
    for (; count > 0; p++, count--) state = plan->tables[0][(state ^ *p) & 0xFF] ^ (state >> 8);
    return state;
}

// ---- Carry-less multiplication ----

#if ROOST_X86

#define ROOST_FOLD __attribute__((target("sse4.1,pclmul")))
#define ROOST_CRC __attribute__((target("sse4.2,pclmul")))
typedef __m128i vec;

ROOST_FOLD static inline vec load128(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
ROOST_FOLD static inline void store128(void *p, vec v) { _mm_storeu_si128((__m128i *)p, v); }
ROOST_FOLD static inline vec xor128(vec a, vec b) { return _mm_xor_si128(a, b); }
ROOST_FOLD static inline vec low64(uint64_t word) { return _mm_cvtsi64_si128((long long)word); }
ROOST_FOLD static inline vec fold(vec a, vec by, vec next) {
    return xor128(xor128(_mm_clmulepi64_si128(a, by, 0x00), _mm_clmulepi64_si128(a, by, 0x11)), next);
}
ROOST_CRC static inline uint64_t crc32c_8(uint64_t state, uint64_t word) { return _mm_crc32_u64(state, word); }
ROOST_CRC static inline uint64_t crc32c_1(uint64_t state, uint8_t byte) { return _mm_crc32_u8((uint32_t)state, byte); }
ROOST_CRC static inline uint64_t product(uint64_t a, uint64_t b) {
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(low64(a), low64(b), 0x00));
}

static void detect(int *multiplies, int *has_crc32c, int *is_wide) {
    unsigned a, b, c = 0, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    *multiplies = (c & bit_PCLMUL) && (c & bit_SSE4_1);
    *has_crc32c = *multiplies && (c & bit_SSE4_2);
    if (!*multiplies || !(c & bit_OSXSAVE)) return;
    // The operating system must save all 512 bits too: XMM, YMM, the mask registers and both halves of ZMM.
    unsigned saved, upper;
    __asm__("xgetbv" : "=a"(saved), "=d"(upper) : "c"(0));
    if ((saved & 0xE6) != 0xE6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    *is_wide = (b & bit_AVX512F) && (c & bit_VPCLMULQDQ);
}

#define ROOST_WIDE __attribute__((target("avx512f,vpclmulqdq,pclmul")))

ROOST_WIDE static inline __m512i fold512(__m512i a, __m512i by, __m512i next) {
    __m512i low = _mm512_clmulepi64_epi128(a, by, 0x00), high = _mm512_clmulepi64_epi128(a, by, 0x11);
    return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

// Folds all whole 256 bytes of `count` (two of them or more) into the 64 bytes at `lanes` and returns how many bytes that took.
ROOST_WIDE static size_t folded_wide(
    const struct roost_crc_plan *plan, uint64_t state, const uint8_t *p, size_t count, uint8_t lanes[64]
) {
    __m512i wide = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)plan->fold_wide));
    __m512i far = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)plan->fold_far));
    __m512i first = _mm512_zextsi128_si512(_mm_cvtsi64_si128((long long)state));
    __m512i a = _mm512_xor_si512(_mm512_loadu_si512(p), first), b = _mm512_loadu_si512(p + 64);
    __m512i c = _mm512_loadu_si512(p + 128), d = _mm512_loadu_si512(p + 192);
    size_t done = 256;
    for (; count - done >= 256; done += 256) {
        a = fold512(a, wide, _mm512_loadu_si512(p + done));
        b = fold512(b, wide, _mm512_loadu_si512(p + done + 64));
        c = fold512(c, wide, _mm512_loadu_si512(p + done + 128));
        d = fold512(d, wide, _mm512_loadu_si512(p + done + 192));
    }
    _mm512_storeu_si512(lanes, fold512(fold512(fold512(a, far, b), far, c), far, d));
    return done;
}

#elif ROOST_ARM

#define ROOST_FOLD __attribute__((target("aes")))
#define ROOST_CRC __attribute__((target("aes,crc")))
typedef uint64x2_t vec;

ROOST_FOLD static inline vec load128(const void *p) { return vreinterpretq_u64_u8(vld1q_u8((const uint8_t *)p)); }
ROOST_FOLD static inline void store128(void *p, vec v) { vst1q_u8((uint8_t *)p, vreinterpretq_u8_u64(v)); }
ROOST_FOLD static inline vec xor128(vec a, vec b) { return veorq_u64(a, b); }
ROOST_FOLD static inline vec low64(uint64_t word) { return vcombine_u64(vcreate_u64(word), vcreate_u64(0)); }
ROOST_FOLD static inline vec fold(vec a, vec by, vec next) {
    vec low = vreinterpretq_u64_p128(vmull_p64((poly64_t)vgetq_lane_u64(a, 0), (poly64_t)vgetq_lane_u64(by, 0)));
    vec high = vreinterpretq_u64_p128(vmull_p64((poly64_t)vgetq_lane_u64(a, 1), (poly64_t)vgetq_lane_u64(by, 1)));
    return xor128(xor128(low, high), next);
}
ROOST_CRC static inline uint64_t crc32c_8(uint64_t state, uint64_t word) { return __crc32cd((uint32_t)state, word); }
ROOST_CRC static inline uint64_t crc32c_1(uint64_t state, uint8_t byte) { return __crc32cb((uint32_t)state, byte); }
ROOST_CRC static inline uint64_t product(uint64_t a, uint64_t b) {
    return vgetq_lane_u64(vreinterpretq_u64_p128(vmull_p64((poly64_t)a, (poly64_t)b)), 0);
}

static void detect(int *multiplies, int *has_crc32c, int *is_wide) {
    *is_wide = 0;
#if defined(__APPLE__)
    *multiplies = *has_crc32c = 1;
#elif defined(__linux__)
    unsigned long features = getauxval(AT_HWCAP);
    *multiplies = (features & HWCAP_PMULL) != 0;
    *has_crc32c = *multiplies && (features & HWCAP_CRC32) != 0;
#else
    *multiplies = *has_crc32c = 0;
#endif
}

#endif

#if ROOST_X86 || ROOST_ARM

ROOST_FOLD static uint64_t folded(const struct roost_crc_plan *plan, uint64_t state, const uint8_t *p, size_t count) {
    if (count < FOLD_MIN) return sliced(plan, state, p, count);
    vec far = load128(plan->fold_far), near = load128(plan->fold_near);
    const uint8_t *first = p;
    size_t taken = 64;
#if ROOST_X86
    uint8_t lanes[64];
    if (plan->is_wide && count >= WIDE_MIN) {
        taken = folded_wide(plan, state, p, count, lanes);
        first = lanes;
        state = 0;
    }
#endif
    vec a = xor128(load128(first), low64(state)), b = load128(first + 16);
    vec c = load128(first + 32), d = load128(first + 48);
    for (p += taken, count -= taken; count >= 64; p += 64, count -= 64) {
        a = fold(a, far, load128(p));
        b = fold(b, far, load128(p + 16));
        c = fold(c, far, load128(p + 32));
        d = fold(d, far, load128(p + 48));
    }
    a = fold(fold(fold(a, near, b), near, c), near, d);
    for (; count >= 16; p += 16, count -= 16) a = fold(a, near, load128(p));
    uint8_t rest[16];
    store128(rest, a);
    return sliced(plan, sliced(plan, 0, rest, 16), p, count);
}

// ---- CRC-32C instructions ----
//
// One instruction takes 8 bytes, has a latency of three cycles and starts every cycle: three independent streams keep it
// busy. Where registers of 512 bits multiply, from WIDE_MIN bytes on folding is faster: four times at 64 KiB. A state moves over n bytes by a product with x^(8n-33): 32 of these come from the instruction that reduces the
// product, one from the reflected multiplication.

ROOST_CRC static inline const uint8_t *streams(
    uint64_t *state, const uint8_t *p, size_t length, const uint64_t shift[2]
) {
    uint64_t a = *state, b = 0, c = 0;
    for (size_t i = 0; i < length; i += 8) {
        a = crc32c_8(a, load64(p + i));
        b = crc32c_8(b, load64(p + length + i));
        c = crc32c_8(c, load64(p + 2 * length + i));
    }
    *state = crc32c_8(0, product(a, shift[1]) ^ product(b, shift[0])) ^ c;
    return p + 3 * length;
}

ROOST_CRC static uint64_t instruction(const struct roost_crc_plan *plan, uint64_t state, const uint8_t *p, size_t count) {
    for (; count >= 3 * LONG_STREAM; count -= 3 * LONG_STREAM) p = streams(&state, p, LONG_STREAM, plan->shift_long);
    for (; count >= 3 * SHORT_STREAM; count -= 3 * SHORT_STREAM) p = streams(&state, p, SHORT_STREAM, plan->shift_short);
    for (; count >= 8; p += 8, count -= 8) state = crc32c_8(state, load64(p));
    for (; count > 0; p++, count--) state = crc32c_1(state, *p);
    return state;
}

#endif

// ---- Plans ----

static const uint64_t crc32c_polynomial = 0x82F63B78;

// x^n modulo the polynomial, reflected in `width` bits.
static uint64_t power(uint64_t polynomial, int width, unsigned n) {
    uint64_t value = 1ull << (width - 1);
    for (; n > 0; n--) value = (value >> 1) ^ ((value & 1) ? polynomial : 0);
    return value;
}

void roost_crc_plan_init(struct roost_crc_plan *plan, uint64_t polynomial, int width, enum roost_crc_means means) {
    memset(plan, 0, sizeof *plan);
    for (int byte = 0; byte < 256; byte++) {
        uint64_t state = (uint64_t)byte;
        for (int bit = 0; bit < 8; bit++) state = (state >> 1) ^ ((state & 1) ? polynomial : 0);
        plan->tables[0][byte] = state;
    }
    for (int k = 1; k < 8; k++) {
        for (int byte = 0; byte < 256; byte++) {
            uint64_t before = plan->tables[k - 1][byte];
            plan->tables[k][byte] = plan->tables[0][before & 0xFF] ^ (before >> 8);
        }
    }
    plan->method = ROOST_CRC_SLICED;
#if ROOST_X86 || ROOST_ARM
    int multiplies = 0, has_crc32c = 0, is_wide = 0;
    if (means != ROOST_CRC_TABLES) detect(&multiplies, &has_crc32c, &is_wide);
    // In 64 bits a 32-bit residue stands at the upper end, where the reflected low powers are.
    int up = 64 - width;
    plan->is_wide = is_wide && means == ROOST_CRC_BEST;
    plan->fold_wide[0] = power(polynomial, width, 2048 + 63) << up;
    plan->fold_wide[1] = power(polynomial, width, 2048 - 1) << up;
    plan->fold_far[0] = power(polynomial, width, 512 + 63) << up;
    plan->fold_far[1] = power(polynomial, width, 512 - 1) << up;
    plan->fold_near[0] = power(polynomial, width, 128 + 63) << up;
    plan->fold_near[1] = power(polynomial, width, 128 - 1) << up;
    if (multiplies) plan->method = ROOST_CRC_FOLDED;
    if (has_crc32c && width == 32 && polynomial == crc32c_polynomial) {
        plan->shift_long[0] = power(polynomial, width, 8 * LONG_STREAM - 33);
        plan->shift_long[1] = power(polynomial, width, 16 * LONG_STREAM - 33);
        plan->shift_short[0] = power(polynomial, width, 8 * SHORT_STREAM - 33);
        plan->shift_short[1] = power(polynomial, width, 16 * SHORT_STREAM - 33);
        plan->method = ROOST_CRC_INSTRUCTION;
    }
#else
    (void)means;
#endif
}

uint64_t roost_crc_update(const struct roost_crc_plan *plan, uint64_t state, const void *bytes, size_t count) {
    switch (plan->method) {
#if ROOST_X86 || ROOST_ARM
    case ROOST_CRC_FOLDED: return folded(plan, state, bytes, count);
    case ROOST_CRC_INSTRUCTION:
        return plan->is_wide && count >= WIDE_MIN ? folded(plan, state, bytes, count) : instruction(plan, state, bytes, count);
#endif
    default: return sliced(plan, state, bytes, count);
    }
}
