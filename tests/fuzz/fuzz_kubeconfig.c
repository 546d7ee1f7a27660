// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a kubeconfig: load, every context to an access, its words, a copy. Paths in it are
 * opened for reading at most. */
#include "base/mem.h"
#include "kube/kubeconfig.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *no_env(void *ctx, const char *name)
{
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64];
    if (fd < 0)
        fd = memfd_create("kubeconfig", 0);
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct kubeconfig_options o = {.path = path, .env = no_env};
    struct err e = ERR_INIT;
    struct kubeconfig *kc = kubeconfig_load(&o, &e);
    for (size_t i = 0; i < kubeconfig_context_count(kc); i++) {
        struct kubeconfig_context c;
        struct kube_access a, copy;
        kubeconfig_context_at(kc, i, &c);
        if (kubeconfig_access(kc, c.name, &a, NULL) == 0) {
            mem_free(kube_access_login_words(&a));
            kube_access_copy(&copy, &a);
            kube_access_clear(&copy);
        }
        kube_access_clear(&a);
    }
    for (size_t i = 0; i < kubeconfig_source_count(kc); i++)
        mem_free(kubeconfig_source_words(kubeconfig_source_at(kc, i)));
    kubeconfig_free(kc);
    err_clear(&e);
    return 0;
}
