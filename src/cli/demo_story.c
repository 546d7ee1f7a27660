// SPDX-License-Identifier: Apache-2.0
/*
 * The demo's first releases, made as a person would make them: through plans of two folders, one of
 * them on protected clusters, and of an environment of a blueprint. What drifts later drifts from
 * them.
 */
#include "cli/demo_story.h"

#include "base/clock.h"
#include "base/mem.h"
#include "leeway/plan.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REACH_MS = 10000, PLAN_MS = 10000, TRIES = 3 };

/* Of a folder; %1$s is the environment, %2$d its replicas. */
#define MANIFESTS                                                                                  \
    "apiVersion: apps/v1\n"                                                                        \
    "kind: Deployment\n"                                                                           \
    "metadata: {name: %1$s-web, labels: {app: %1$s-web}}\n"                                        \
    "spec:\n"                                                                                      \
    "  replicas: %2$d\n"                                                                           \
    "  selector: {matchLabels: {app: %1$s-web}}\n"                                                 \
    "  template:\n"                                                                                \
    "    metadata: {labels: {app: %1$s-web}}\n"                                                    \
    "    spec:\n"                                                                                  \
    "      containers:\n"                                                                          \
    "      - name: web\n"                                                                          \
    "        image: acme/web:1.4.0\n"                                                              \
    "        ports: [{containerPort: 8080, protocol: TCP}]\n"                                      \
    "        resources: {requests: {cpu: 100m, memory: 256Mi}}\n"                                  \
    "---\n"                                                                                        \
    "apiVersion: v1\n"                                                                             \
    "kind: Service\n"                                                                              \
    "metadata: {name: %1$s-web}\n"                                                                 \
    "spec:\n"                                                                                      \
    "  selector: {app: %1$s-web}\n"                                                                \
    "  ports: [{name: http, port: 80, targetPort: 8080, protocol: TCP}]\n"                         \
    "---\n"                                                                                        \
    "apiVersion: v1\n"                                                                             \
    "kind: ConfigMap\n"                                                                            \
    "metadata: {name: %1$s-web}\n"                                                                 \
    "data: {log-level: info, currency: EUR}\n"

/* Environments of folders: one to change at will, one on clusters that are protected. */
static const struct {
    const char *name;
    int replicas;
    const char *clusters[3];
    size_t n;
} folders[] = {
    {"shop-dev", 2, {"dev-eu-1", "dev-us-1", "dev-ap-1"}, 3},
    {"shop-prod", 3, {"prod-eu-1", "prod-us-1"}, 2},
};

static char *write_manifests(const char *folder, const char *name, int replicas)
{
    char *dir = mem_printf("%s/%s", folder, name), *path = mem_printf("%s/web.yaml", dir);
    char *text = mem_printf(MANIFESTS, name, replicas);
    size_t n = strlen(text);
    int fd = mkdir(dir, 0700) ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;
    if (fd >= 0)
        close(fd);
    mem_free(text);
    mem_free(path);
    if (ok)
        return dir;
    mem_free(dir);
    return NULL;
}

/* The answer to a request, owned; NULL when it does not come in time. */
static struct leeway_event *answer(struct leeway *l, uint64_t request)
{
    int64_t end = clock_boot_ms(clock_system()) + PLAN_MS;
    for (;;) {
        struct leeway_event *e = leeway_next_event(l);
        if (e && e->request == request)
            return e;
        if (e) {
            leeway_event_free(e);
            continue;
        }
        int64_t left = end - clock_boot_ms(clock_system());
        struct pollfd p = {leeway_event_fd(l), POLLIN, 0};
        if (left <= 0)
            return NULL;
        leeway_snapshot_unref(leeway_snapshot_take(l));
        poll(&p, 1, left < 50 ? (int)left : 50);
    }
}

static const char *const waited_for[] = {"dev-eu-1", "dev-eu-2",  "dev-us-1",
                                         "dev-ap-1", "prod-eu-1", "prod-us-1"};

/* Until the clusters of the story were asked for everything once, or time is up. */
static void reach(struct leeway *l)
{
    int64_t end = clock_boot_ms(clock_system()) + REACH_MS;
    for (size_t there = 0; there < ARRAY_LEN(waited_for) && clock_boot_ms(clock_system()) < end;) {
        struct leeway_snapshot *s = leeway_snapshot_take(l);
        there = 0;
        for (size_t i = 0; i < leeway_clusters(s); i++) {
            const struct leeway_cluster *c = leeway_cluster_at(s, i);
            for (size_t k = 0; k < ARRAY_LEN(waited_for); k++)
                there += c->settled && strcmp(c->name.str, waited_for[k]) == 0;
        }
        leeway_snapshot_unref(s);
        struct pollfd p = {leeway_event_fd(l), POLLIN, 0};
        poll(&p, 1, 20);
    }
}

static void release(struct leeway *l, const struct leeway_command *plan, const char *name)
{
    struct err e = ERR_INIT;
    bool begun = false;
    for (int i = 0; i < TRIES && !begun;
         i++) { /* a slow machine: not all that was asked is there */
        reach(l);
        uint64_t request = leeway_post(l, plan, &e);
        struct leeway_event *ev = request ? answer(l, request) : NULL;
        if (ev && ev->kind == LEEWAY_EVENT_PLAN && ev->plan->may_apply) {
            static const char *const at_once[] = {"all"}; /* what was before the story */
            const struct leeway_command apply = {.kind = LEEWAY_CMD_APPLY,
                                                 .plan = ev->plan->hash.str,
                                                 .confirm = name,
                                                 .stages = at_once,
                                                 .n_stages = ARRAY_LEN(at_once)};
            begun = leeway_post(l, &apply, &e) != 0;
        }
        leeway_event_free(ev);
    }
    if (!begun)
        fprintf(stderr, "leeway demo: the clusters are too slow here, %s was not applied\n", name);
    err_clear(&e);
}

void demo_story_begin(struct leeway *l, const char *folder)
{
    char *document = mem_printf("%s/environments/blog-dev.yaml", folder);
    const struct leeway_command of_blueprint = {.kind = LEEWAY_CMD_PLAN_FOLDER, .folder = document};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char *dir = write_manifests(folder, folders[i].name, folders[i].replicas);
        const struct leeway_command of_folder = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                                 .folder = dir,
                                                 .environment = folders[i].name,
                                                 .namespace_ = folders[i].name,
                                                 .clusters = folders[i].clusters,
                                                 .n_clusters = folders[i].n};
        if (dir)
            release(l, &of_folder, folders[i].name);
        mem_free(dir);
    }
    release(l, &of_blueprint, "blog-dev");
    mem_free(document);
}
