// SPDX-License-Identifier: Apache-2.0
/*
 * kubeconfig: where clusters and users come from. Files are found and merged as client-go does it
 * (an explicit file alone; else every file of $KUBECONFIG; else ~/.kube/config; else the service
 * account of the pod we run in), and the first file that defines a name wins for the whole entry.
 *
 * Where client-go gives up on a whole file for one bad entry, this reader keeps the rest: the entry
 * is reported with file, line and column, and only the contexts made of it are unusable. A file
 * that cannot be read or parsed is reported and the others still count.
 *
 * One thread at a time. The struct holds secrets until kubeconfig_free, which overwrites them.
 */
#ifndef LEEWAY_KUBE_KUBECONFIG_H
#define LEEWAY_KUBE_KUBECONFIG_H

#include "base/err.h"
#include "kube/access.h"
#include "kube/proxy_env.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KUBECONFIG_MAX_BYTES (64u * 1024u * 1024u)
#define KUBECONFIG_MAX_FILES 256u

struct kubeconfig;

struct kubeconfig_options {
    const char *path;    /* --kubeconfig: this file alone; NULL: the usual places */
    kube_getenv_fn *env; /* NULL: the process environment */
    void *env_ctx;
    const char *pod_dir; /* NULL: /var/run/secrets/kubernetes.io/serviceaccount */
    size_t max_bytes;    /* of one file; 0: KUBECONFIG_MAX_BYTES */
};

/* Never NULL. *e is set (and may be cleared by the caller) when no context came of it:
 * ERR_NOT_FOUND when there was nothing to read, else the first problem. */
struct kubeconfig *kubeconfig_load(const struct kubeconfig_options *options, struct err *e);
void kubeconfig_free(struct kubeconfig *kc);

/* ---- where it looked ---- */

enum kubeconfig_found {
    KUBECONFIG_READ,     /* read, perhaps with problems */
    KUBECONFIG_ABSENT,   /* no such file */
    KUBECONFIG_BROKEN,   /* problem says why */
    KUBECONFIG_NOT_SET,  /* the variable */
    KUBECONFIG_NOT_USED, /* an earlier place counts instead */
};

struct kubeconfig_source {
    char *place; /* "--kubeconfig", "$KUBECONFIG", "home", "service account of a pod" */
    char *path;  /* file, or NULL */
    enum kubeconfig_found found;
    size_t contexts, clusters, users; /* defined in it */
    struct err problem;               /* BROKEN */
    struct kube_problem *problems;    /* of entries no context leads to, and of the file as such */
    size_t problems_len;
};

size_t kubeconfig_source_count(const struct kubeconfig *kc);
const struct kubeconfig_source *kubeconfig_source_at(const struct kubeconfig *kc, size_t i);
/* "no such file", "not set", "14 contexts", …; the caller frees. */
char *kubeconfig_source_words(const struct kubeconfig_source *s);

/* ---- contexts ---- */

struct kubeconfig_context { /* borrowed from kc */
    const char *name;
    const char *cluster, *user, *namespace_; /* NULL when not given */
    const char *file;                        /* NULL for the pod */
    uint32_t line, col;
};

size_t kubeconfig_context_count(const struct kubeconfig *kc);
void kubeconfig_context_at(const struct kubeconfig *kc, size_t i, struct kubeconfig_context *out);
const char *kubeconfig_current(const struct kubeconfig *kc); /* NULL: none named */

/* Names of the contexts that patterns choose, in file order. "!PATTERN" excludes; without any
 * pattern that includes, all are meant. */
void kubeconfig_select(const struct kubeconfig *kc, const char *const *patterns,
                       size_t patterns_len, struct kube_string_list *out);
bool kubeconfig_selected(const char *name, const char *const *patterns, size_t patterns_len);
/* * any run, ? any one byte; linear in time. */
bool kubeconfig_glob(const char *pattern, const char *name);

/* Fills *out (initialised here) with everything that could be read, problems included. 0, or
 * ERR_NOT_FOUND when there is no such context; NULL means the current one. Certificate files are
 * looked at, so that what is wrong with them is known before anything is contacted. */
int kubeconfig_access(const struct kubeconfig *kc, const char *context, struct kube_access *out,
                      struct err *e) ERR_CHECKED;

#endif
