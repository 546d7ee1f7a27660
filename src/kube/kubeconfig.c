// SPDX-License-Identifier: Apache-2.0
/* Which files count, the pod's own account, and what was found; kubeconfig_load.c reads a file. */
#include "kube/kubeconfig_int.h"

#include "base/mem.h"
#include "kube/file.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POD_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define POD_CONTEXT "in-cluster"

static const char *process_env(void *ctx, const char *name)
{
    return getenv(name);
}

static const char *env_get(const struct kubeconfig *kc, const char *name)
{
    const char *v = kc->env(kc->env_ctx, name);
    return v && *v ? v : NULL;
}

static char *home_config(const struct kubeconfig *kc)
{
    const char *home = env_get(kc, "HOME");
    char buf[4096];
    struct passwd pw, *found = NULL;
    if (!home && getpwuid_r(getuid(), &pw, buf, sizeof(buf), &found) == 0 && found)
        home = pw.pw_dir;
    return home ? mem_printf("%s/.kube/config", home) : NULL;
}

/* $KUBECONFIG: a list, empty entries skipped, a file named twice read once. */
static void load_list(struct kubeconfig *kc, const char *list, size_t max_bytes)
{
    struct strmap seen = {0};
    static int yes;
    char *copy = mem_strdup(list), *rest = copy, *path;
    while ((path = strsep(&rest, ":"))) {
        if (!*path || strmap_set(&seen, path, &yes))
            continue;
        if (seen.count > KUBECONFIG_MAX_FILES) {
            struct kubeconfig_source *s =
                kubeconfig_add_source(kc, "$KUBECONFIG", path, KUBECONFIG_BROKEN);
            err_set(&s->problem, ERR_LIMIT, "$KUBECONFIG names more than %u files",
                    KUBECONFIG_MAX_FILES);
            break;
        }
        kubeconfig_load_file(kc, "$KUBECONFIG", path, max_bytes);
    }
    mem_free(copy);
    strmap_clear(&seen);
}

/* The service account that Kubernetes mounts into a pod (client-go rest.InClusterConfig). */
static void load_pod(struct kubeconfig *kc, const char *dir)
{
    const char *host = env_get(kc, "KUBERNETES_SERVICE_HOST");
    const char *port = env_get(kc, "KUBERNETES_SERVICE_PORT");
    struct kubeconfig_source *s =
        kubeconfig_add_source(kc, "service account of a pod", NULL, KUBECONFIG_NOT_SET);
    if (!host || !port)
        return;
    struct buf text;
    buf_init(&text, KUBE_FILE_SMALL);
    struct kube_access *a = mem_new(struct kube_access);
    kube_access_init(a);
    a->token_file = mem_printf("%s/token", dir);
    s->path = mem_strdup(dir);
    int rc = kube_file_read(a->token_file, KUBE_FILE_REGULAR, &text, &s->problem);
    buf_wipe(&text);
    if (rc) {
        s->found = KUBECONFIG_BROKEN;
        kube_access_clear(a);
        mem_free(a);
        return;
    }
    bool v6 = strchr(host, ':') && host[0] != '[';
    a->context = mem_strdup(POD_CONTEXT);
    a->cluster = mem_strdup(POD_CONTEXT);
    a->user = mem_strdup("service account");
    a->server = mem_printf("https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
    char *ca = mem_printf("%s/ca.crt", dir);
    if (access(ca, R_OK) == 0)
        a->ca.file = mem_strdup(ca);
    mem_free(ca);
    char *ns = mem_printf("%s/namespace", dir);
    if (kube_file_read(ns, KUBE_FILE_REGULAR, &text, NULL) == 0 && text.len) {
        text.data[strcspn(text.data, " \t\r\n")] = '\0';
        a->namespace_ = mem_strdup(*text.data ? text.data : "default");
    } else {
        a->namespace_ = mem_strdup("default");
    }
    mem_free(ns);
    buf_clear(&text);
    s->found = KUBECONFIG_READ;
    s->contexts = s->clusters = s->users = 1;
    kc->pod = a;
}

static void note_current(struct kubeconfig *kc)
{
    if (!kc->current || strmap_has(&kc->by_name[SECTION_CONTEXTS], kc->current))
        return;
    for (size_t i = 0; i < kc->files.len; i++) {
        const struct kubeconfig_file *f = kc->files.items[i];
        const struct val *v = val_get(f->root, "current-context");
        if (!val_str_is(v, kc->current))
            continue;
        struct err e = ERR_INIT;
        err_set(&e, ERR_NOT_FOUND, "current-context \"%s\" does not exist", kc->current);
        err_at(&e, f->path, v->line, v->col);
        kubeconfig_source_note(&kc->sources.items[f->source], &e, false);
        return;
    }
}

static void report_nothing(const struct kubeconfig *kc, struct err *e)
{
    for (size_t i = 0; i < kc->sources.len; i++) {
        const struct kubeconfig_source *s = &kc->sources.items[i];
        const struct err *why = s->found == KUBECONFIG_BROKEN ? &s->problem : NULL;
        bool explicit_file = strcmp(s->place, "--kubeconfig") == 0;
        if (s->found == KUBECONFIG_ABSENT && explicit_file)
            why = &s->problem;
        for (size_t k = 0; !why && k < s->problems_len; k++)
            if (s->problems[k].blocks)
                why = &s->problems[k].err;
        if (why && e && !e->code) {
            err_copy(e, why);
            return;
        }
    }
    err_set(e, ERR_NOT_FOUND, "no kubeconfig defines a context");
    err_hint(e, "leeway doctor --offline lists where it looked");
}

struct kubeconfig *kubeconfig_load(const struct kubeconfig_options *options, struct err *e)
{
    struct kubeconfig *kc = mem_new(struct kubeconfig);
    kc->env = options->env ? options->env : process_env;
    kc->env_ctx = options->env_ctx;
    size_t max = options->max_bytes ? options->max_bytes : KUBECONFIG_MAX_BYTES;
    const char *list = env_get(kc, "KUBECONFIG");
    if (options->path) {
        kubeconfig_load_file(kc, "--kubeconfig", options->path, max);
    } else {
        char *home = home_config(kc);
        if (list) {
            load_list(kc, list, max);
            kubeconfig_add_source(kc, "home", home, KUBECONFIG_NOT_USED);
        } else {
            kubeconfig_add_source(kc, "$KUBECONFIG", NULL, KUBECONFIG_NOT_SET);
            if (home)
                kubeconfig_load_file(kc, "home", home, max);
        }
        mem_free(home);
        if (!kc->entries[SECTION_CONTEXTS].len)
            load_pod(kc, options->pod_dir ? options->pod_dir : POD_DIR);
        else
            kubeconfig_add_source(kc, "service account of a pod", NULL, KUBECONFIG_NOT_USED);
    }
    note_current(kc);
    if (!kubeconfig_context_count(kc))
        report_nothing(kc, e);
    return kc;
}

void kubeconfig_free(struct kubeconfig *kc)
{
    if (!kc)
        return;
    for (int section = 0; section < SECTION_COUNT; section++) {
        for (size_t i = 0; i < kc->entries[section].len; i++) {
            err_clear(&kc->entries[section].items[i]->problem);
            err_clear(&kc->entries[section].items[i]->note);
            mem_free(kc->entries[section].items[i]);
        }
        vec_clear(&kc->entries[section]);
        strmap_clear(&kc->by_name[section]);
    }
    for (size_t i = 0; i < kc->files.len; i++) {
        struct kubeconfig_file *f = kc->files.items[i];
        kubeconfig_wipe(f->root);
        val_pool_clear(&f->pool);
        mem_free(f->path);
        mem_free(f->dir);
        mem_free(f);
    }
    vec_clear(&kc->files);
    for (size_t i = 0; i < kc->sources.len; i++) {
        struct kubeconfig_source *s = &kc->sources.items[i];
        mem_free(s->place);
        mem_free(s->path);
        err_clear(&s->problem);
        for (size_t k = 0; k < s->problems_len; k++)
            err_clear(&s->problems[k].err);
        mem_free(s->problems);
    }
    vec_clear(&kc->sources);
    if (kc->pod)
        kube_access_clear(kc->pod);
    mem_free(kc->pod);
    mem_free(kc->current);
    mem_free(kc);
}

size_t kubeconfig_source_count(const struct kubeconfig *kc)
{
    return kc->sources.len;
}

const struct kubeconfig_source *kubeconfig_source_at(const struct kubeconfig *kc, size_t i)
{
    return &kc->sources.items[i];
}

char *kubeconfig_source_words(const struct kubeconfig_source *s)
{
    switch (s->found) {
    case KUBECONFIG_ABSENT:
        return mem_strdup("no such file");
    case KUBECONFIG_NOT_SET:
        return mem_strdup(s->place[0] == '$' ? "not set" : "not in a pod");
    case KUBECONFIG_NOT_USED:
        return mem_strdup("not read: an earlier place counts");
    case KUBECONFIG_BROKEN:
        return err_format(&s->problem);
    case KUBECONFIG_READ:
        break;
    }
    return mem_printf("%zu context%s", s->contexts, s->contexts == 1 ? "" : "s");
}

size_t kubeconfig_context_count(const struct kubeconfig *kc)
{
    return kc->pod ? 1 : kc->entries[SECTION_CONTEXTS].len;
}

static const char *str_or_null(const struct val *v)
{
    return val_is(v, VAL_STRING) && v->len ? v->as.s : NULL;
}

void kubeconfig_context_at(const struct kubeconfig *kc, size_t i, struct kubeconfig_context *out)
{
    *out = (struct kubeconfig_context){0};
    if (kc->pod) {
        out->name = kc->pod->context;
        out->cluster = kc->pod->cluster;
        out->user = kc->pod->user;
        out->namespace_ = kc->pod->namespace_;
        return;
    }
    const struct kubeconfig_entry *c = kc->entries[SECTION_CONTEXTS].items[i];
    out->name = c->name;
    out->cluster = str_or_null(val_get(c->body, "cluster"));
    out->user = str_or_null(val_get(c->body, "user"));
    out->namespace_ = str_or_null(val_get(c->body, "namespace"));
    out->file = c->file->path;
    out->line = c->line;
    out->col = c->col;
}

const char *kubeconfig_current(const struct kubeconfig *kc)
{
    return kc->pod ? kc->pod->context : kc->current;
}

void kubeconfig_select(const struct kubeconfig *kc, const char *const *patterns,
                       size_t patterns_len, struct kube_string_list *out)
{
    struct kubeconfig_context c;
    for (size_t i = 0; i < kubeconfig_context_count(kc); i++) {
        kubeconfig_context_at(kc, i, &c);
        if (kubeconfig_selected(c.name, patterns, patterns_len))
            kube_string_list_add(out, c.name);
    }
}
