// SPDX-License-Identifier: Apache-2.0
/* Any answer is classified: status and method from the first bytes, the rest is body and headers.
 */
#include "kube/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_warning(void *ctx, const char *text, size_t len)
{
    if (strlen(text) > len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "PATCH", "POST", "DELETE"};
    static const char *const types[] = {"application/json", "text/plain", "text/html", NULL};
    if (size < 3)
        return 0;
    const char *body = (const char *)data + 3;
    const struct kube_answer a = {
        .method = methods[data[0] % 4],
        .status = 100 + (data[1] | (data[0] & 0x10) << 4) % 500,
        .content_type = types[data[2] % 4],
        .body = body,
        .len = size - 3,
        .is_collection = data[2] & 4,
    };
    struct kube_error e, copy;
    kube_error_init(&e);
    kube_error_init(&copy);
    kube_error_from_answer(&e, &a);
    if ((e.code == ERR_NONE) != (a.status >= 200 && a.status < 300) || (e.code && !e.text[0]) ||
        (e.code && e.fate == KUBE_FATE_OK))
        abort();
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < e.causes_len; i++) {
        struct kube_conflict c;
        kube_parse_conflict(&arena, &e.causes[i], &c);
    }
    arena_clear(&arena);
    kube_error_copy(&copy, &e);
    kube_error_clear(&e);
    kube_error_from_status(&e, a.method, body, a.len);
    kube_error_clear(&e);
    kube_error_clear(&copy);
    kube_parse_warning(body, a.len, on_warning, NULL);
    return 0;
}
