// The few calls of RE2 (C++) that Weir needs, for C. A set is made by one thread, then used by any number of them.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_re2 weir_re2;

/// An empty set of patterns. `memory_max`: bytes that each pattern's automaton may take.
weir_re2 *_Nonnull weir_re2_make(int64_t memory_max);

/// Adds a pattern (UTF-8). False where RE2 refuses it; `error` then says why, ended by a zero.
bool weir_re2_add(
    weir_re2 *_Nonnull set, const char *_Nonnull pattern, size_t bytes, char *_Nonnull error, size_t error_bytes);

/// To be called once all patterns are added. False where they take too much memory together.
bool weir_re2_compile(weir_re2 *_Nonnull set);

/// Writes which patterns match somewhere, in ascending order, and returns how many. `indices` has room for all. Where memory is short, all
/// of them are named: what finds the places then decides.
size_t weir_re2_matching(
    const weir_re2 *_Nonnull set, const uint8_t *_Nonnull text, size_t bytes, int32_t *_Nonnull indices);

/// The first match of a pattern in the text's bytes `from` ..< `to`; what stands around them is seen, too.
bool weir_re2_find(
    const weir_re2 *_Nonnull set, int32_t index, const uint8_t *_Nonnull text, size_t bytes, size_t from, size_t to,
    size_t *_Nonnull start, size_t *_Nonnull end);

void weir_re2_free(weir_re2 *_Nonnull set);

#ifdef __cplusplus
}
#endif
