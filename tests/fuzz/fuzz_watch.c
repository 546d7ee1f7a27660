// SPDX-License-Identifier: Apache-2.0
/* A server that says anything: each request is answered with the next piece of the input (a byte
 * for the status, pieces end at 0xff), and time passes. The watch must neither crash nor stop. */
#include "kube/watch.h"
#include "kube_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_object(void *ctx, enum kube_event type, const struct val *object)
{
}

static void on_synced(void *ctx)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 200, 410, 429, 500, 504, 422, 403, 404};
    struct fake f;
    fake_init(&f);
    const struct kube_watch_options o = {
        .what = {.path = "/api/v1/pods"}, .on_object = on_object, .on_synced = on_synced};
    struct kube_watch *w = kube_watch_start(f.cluster, &o);
    for (unsigned turns = 0; size > 1 && turns < 12; turns++) {
        for (int i = 0; i < 700 && !f.open; i++) {
            clock_fake_advance(&f.clock, 1000);
            fake_settle(&f);
        }
        if (!f.open)
            abort(); /* it gave up */
        int status = statuses[*data % ARRAY_LEN(statuses)];
        data++, size--;
        const uint8_t *end = memchr(data, 0xff, size);
        size_t len = end ? (size_t)(end - data) : size;
        char *body = mem_strndup((const char *)data, len);
        fake_answer(&f, f.open, status, body);
        mem_free(body);
        data += len + (end ? 1 : 0);
        size -= len + (end ? 1 : 0);
    }
    kube_watch_free(w);
    fake_clear(&f);
    return 0;
}
