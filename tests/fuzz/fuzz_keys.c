// SPDX-License-Identifier: Apache-2.0
/* Any bytes in any pieces at any pace: events are well formed and the decoder always comes to rest.
 */
#include "term/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *ctx, const struct event *ev)
{
    char name[KEY_NAME_LEN];
    if (ev->type == EVENT_KEY) {
        key_label(ev->key, name);
        if (ev->key.code > KEYCODE_LAST || ev->key.code == 0x1b || !name[0])
            abort();
    }
    if (ev->type == EVENT_PASTE && ev->paste.len > DECODE_PASTE_MAX)
        abort();
    if (ev->type == EVENT_MOUSE && (ev->mouse.row < 0 || ev->mouse.col < 0))
        abort();
    ++*(size_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t events = 0;
    int64_t now = 0;
    struct decoder *d = decoder_new(50, on_event, &events);
    for (size_t i = 0; i < size;) {
        size_t n = (data[i] & 7) + 1u, left = size - i;
        now += data[i] & 0x80 ? 60 : 1;
        decoder_feed(d, data + i, n < left ? n : left, now);
        decoder_tick(d, now);
        i += n < left ? n : left;
    }
    for (int i = 0; decoder_timeout(d, now) >= 0; i++) {
        if (i > 3)
            abort();
        now += decoder_timeout(d, now);
        decoder_tick(d, now);
    }
    if (events > size * 2 + 2)
        abort();
    decoder_free(d);
    return 0;
}
