// SPDX-License-Identifier: Apache-2.0
/* What no screen and no line of output needs, counted in a stream of bytes. For tests. */
#ifndef LEEWAY_TESTS_NOISE_H
#define LEEWAY_TESTS_NOISE_H

#include <stddef.h>
#include <string.h>

struct noise {
    unsigned char before; /* the byte before */
    size_t count;
};

/* OSC, DCS, SOS, PM, APC, titles of tmux; C1 in UTF-8; controls that move nothing. */
static inline void noise_listen(struct noise *s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (s->before == 033)
            s->count += c && strchr("]P^_Xk", c);
        else if (c < 0x20)
            s->count += !c || !strchr("\b\t\n\r\016\017\033", c);
        s->count += c == 0x7f || (s->before == 0xc2 && c >= 0x80 && c < 0xa0);
        s->before = c;
    }
}

#endif
