// How MD5 is computed for several streams side by side. Source of the algorithm: RFC 1321.
//
// MD5 is a chain of 64 steps a block, and each waits for the one before: most of a processor is idle meanwhile. A vector holds the same
// word of 4, 8 or 16 streams, and one step serves them all. The steps are written once, for words and for vectors of words.

#include "CIntrinsics.h"
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are loaded in memory order"
#endif

static const uint32_t sines[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

// G's two halves share no bit: added one by one, the half that knows b last is all that the chain waits for.
#define F(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define G(b, c, d) (((c) & ~(d)) + ((b) & (d)))
#define H(b, c, d) ((b) ^ (c) ^ (d))
#define I(b, c, d) ((c) ^ ((b) | ~(d)))

#define STEP(f, a, b, c, d, word, sine, turn)                                                                                                  \
    a += (word) + (sine);                                                                                                                      \
    a += f(b, c, d);                                                                                                                           \
    a = b + ((a << (turn)) | (a >> (32 - (turn))));

#define FOUR(f, w0, w1, w2, w3, t, turn0, turn1, turn2, turn3)                                                                                 \
    STEP(f, a, b, c, d, w[w0], sines[t], turn0)                                                                                                \
    STEP(f, d, a, b, c, w[w1], sines[(t) + 1], turn1)                                                                                          \
    STEP(f, c, d, a, b, w[w2], sines[(t) + 2], turn2)                                                                                          \
    STEP(f, b, c, d, a, w[w3], sines[(t) + 3], turn3)

// Takes the 16 words `w` into a, b, c and d.
#define BLOCK                                                                                                                                  \
    FOUR(F, 0, 1, 2, 3, 0, 7, 12, 17, 22) FOUR(F, 4, 5, 6, 7, 4, 7, 12, 17, 22)                                                                \
    FOUR(F, 8, 9, 10, 11, 8, 7, 12, 17, 22) FOUR(F, 12, 13, 14, 15, 12, 7, 12, 17, 22)                                                         \
    FOUR(G, 1, 6, 11, 0, 16, 5, 9, 14, 20) FOUR(G, 5, 10, 15, 4, 20, 5, 9, 14, 20)                                                             \
    FOUR(G, 9, 14, 3, 8, 24, 5, 9, 14, 20) FOUR(G, 13, 2, 7, 12, 28, 5, 9, 14, 20)                                                             \
    FOUR(H, 5, 8, 11, 14, 32, 4, 11, 16, 23) FOUR(H, 1, 4, 7, 10, 36, 4, 11, 16, 23)                                                           \
    FOUR(H, 13, 0, 3, 6, 40, 4, 11, 16, 23) FOUR(H, 9, 12, 15, 2, 44, 4, 11, 16, 23)                                                           \
    FOUR(I, 0, 7, 14, 5, 48, 6, 10, 15, 21) FOUR(I, 12, 3, 10, 1, 52, 6, 10, 15, 21)                                                           \
    FOUR(I, 8, 15, 6, 13, 56, 6, 10, 15, 21) FOUR(I, 4, 11, 2, 9, 60, 6, 10, 15, 21)

static void alone(uint32_t state[4], const uint8_t *p, size_t blocks) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (; blocks > 0; blocks--, p += 64) {
        uint32_t w[16];
        memcpy(w, p, 64);
        uint32_t a0 = a, b0 = b, c0 = c, d0 = d;
        BLOCK
        a += a0, b += b0, c += c0, d += d0;
    }
    state[0] = a, state[1] = b, state[2] = c, state[3] = d;
}

typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint32_t words8 __attribute__((vector_size(32)));
typedef uint32_t words16 __attribute__((vector_size(64)));

// Up to `width` streams. Lanes without a stream of their own compute the first one's again.
#define SIDE_BY_SIDE(name, width, target)                                                                                                      \
    target static void name(uint32_t (*states)[4], const uint8_t *const *streams, size_t count, size_t blocks) {                               \
        words##width a, b, c, d;                                                                                                               \
        const uint8_t *p[width];                                                                                                               \
        for (size_t i = 0; i < width; i++) {                                                                                                   \
            size_t from = i < count ? i : 0;                                                                                                   \
            a[i] = states[from][0], b[i] = states[from][1], c[i] = states[from][2], d[i] = states[from][3];                                    \
            p[i] = streams[from];                                                                                                              \
        }                                                                                                                                      \
        for (; blocks > 0; blocks--) {                                                                                                         \
            words##width w[16];                                                                                                                \
            for (size_t k = 0; k < 16; k++)                                                                                                    \
                for (size_t i = 0; i < width; i++) {                                                                                           \
                    uint32_t word;                                                                                                             \
                    memcpy(&word, p[i] + 4 * k, 4);                                                                                            \
                    w[k][i] = word;                                                                                                            \
                }                                                                                                                              \
            for (size_t i = 0; i < width; i++) p[i] += 64;                                                                                     \
            words##width a0 = a, b0 = b, c0 = c, d0 = d;                                                                                       \
            BLOCK                                                                                                                              \
            a += a0, b += b0, c += c0, d += d0;                                                                                                \
        }                                                                                                                                      \
        for (size_t i = 0; i < count; i++) {                                                                                                   \
            states[i][0] = a[i], states[i][1] = b[i], states[i][2] = c[i], states[i][3] = d[i];                                                \
        }                                                                                                                                      \
    }

SIDE_BY_SIDE(four, 4, )

#if defined(__x86_64__)

#define ROOST_AVX2 __attribute__((target("avx2")))
#define ROOST_AVX512 __attribute__((target("avx512f,avx512vl")))
SIDE_BY_SIDE(eight_avx2, 8, ROOST_AVX2)
SIDE_BY_SIDE(four_avx512, 4, ROOST_AVX512)
SIDE_BY_SIDE(eight_avx512, 8, ROOST_AVX512)
SIDE_BY_SIDE(sixteen_avx512, 16, ROOST_AVX512)

enum roost_md5_method roost_md5_method(void) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return ROOST_MD5_AVX512;
    return __builtin_cpu_supports("avx2") ? ROOST_MD5_AVX2 : ROOST_MD5_VECTOR;
}

#else

enum roost_md5_method roost_md5_method(void) { return ROOST_MD5_VECTOR; }

#endif

size_t roost_md5_width(enum roost_md5_method method) {
    switch (method) {
    case ROOST_MD5_AVX512: return 16;
    case ROOST_MD5_AVX2: return 8;
    case ROOST_MD5_VECTOR: return 4;
    default: return 1;
    }
}

static void some(
    enum roost_md5_method method, uint32_t (*states)[4], const uint8_t *const *streams, size_t count, size_t blocks
) {
#if defined(__x86_64__)
    // These instructions rotate: one stream in four lanes is as fast as alone.
    if (method == ROOST_MD5_AVX512) {
        if (count <= 4) return four_avx512(states, streams, count, blocks);
        if (count <= 8) return eight_avx512(states, streams, count, blocks);
        return sixteen_avx512(states, streams, count, blocks);
    }
    if (method == ROOST_MD5_AVX2 && count > 4) return eight_avx2(states, streams, count, blocks);
#endif
    if (method == ROOST_MD5_PLAIN || count == 1) return alone(states[0], streams[0], blocks);
    four(states, streams, count, blocks);
}

void roost_md5_update(
    enum roost_md5_method method, uint32_t (*states)[4], const uint8_t *const *streams, size_t count, size_t blocks
) {
    size_t width = roost_md5_width(method);
    while (count > 0) {
        size_t taken = count < width ? count : width;
        some(method, states, streams, taken, blocks);
        states += taken, streams += taken, count -= taken;
    }
}
