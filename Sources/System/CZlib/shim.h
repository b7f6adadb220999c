#ifndef WEIR_CZLIB_H
#define WEIR_CZLIB_H
#include <zlib.h>

/* zlib's initialisers are macros that Swift does not import. 31 = 15 window bits + gzip framing. */
static inline int weir_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 31); }
static inline int weir_deflate_init_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
}
#endif
