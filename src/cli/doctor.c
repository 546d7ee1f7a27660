// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/doctor_online.h"
#include "engine/fleet/fleet_file.h"
#include "engine/fleet/inventory.h"
#include "kube/kubeconfig.h"
#include "store/store.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct report {
    struct val_pool *p;
    struct val_builder *b;
    struct doctor_verdict verdict;
};

/* ---- building; the builder cannot fail here but past the pool's limit, which has none ---- */

static void key(struct report *r, const char *name)
{
    (void)val_builder_key(r->b, name, strlen(name));
}

static bool is_utf8(const char *s)
{
    uint32_t cp;
    for (size_t left = strlen(s); left;) {
        int n = text_decode(s, left, &cp);
        if (n <= 0)
            return false;
        s += n;
        left -= (size_t)n;
    }
    return true;
}

static void put_string(struct report *r, const char *name, const char *s)
{
    key(r, name);
    if (!s) {
        (void)val_builder_add(r->b, (struct val){.type = VAL_NULL});
    } else if (is_utf8(s)) {
        (void)val_builder_add(r->b, val_of_str(r->p, s));
    } else {
        struct text t = text_clean(&r->p->arena, s, strlen(s));
        (void)val_builder_add(r->b, val_of_strn(r->p, t.str, t.len));
    }
}

static void put_owned(struct report *r, const char *name, char *s)
{
    put_string(r, name, s);
    mem_free(s);
}

static void put_int(struct report *r, const char *name, int64_t i)
{
    key(r, name);
    (void)val_builder_add(r->b, val_of_int(i));
}

static void put_bool(struct report *r, const char *name, bool v)
{
    key(r, name);
    (void)val_builder_add(r->b, val_of_bool(v));
}

static void open_map(struct report *r)
{
    (void)val_builder_map(r->b);
}

static void open_list(struct report *r, const char *name)
{
    key(r, name);
    (void)val_builder_list(r->b);
}

static void end(struct report *r)
{
    (void)val_builder_end(r->b);
}

static void put_problem(struct report *r, const struct err *e, bool blocks)
{
    open_map(r);
    put_string(r, "text", e->text ? e->text : err_word(e->code));
    put_string(r, "file", e->source);
    put_int(r, "line", e->line);
    put_int(r, "column", e->col);
    put_string(r, "hint", e->hint);
    put_bool(r, "blocks", blocks);
    end(r);
    r->verdict.bad |= blocks;
}

/* ---- contexts ---- */

static void put_steps(struct report *r, struct doctor_finding *findings)
{
    open_list(r, "steps");
    for (size_t i = 0; findings && i < DOCTOR_STEPS; i++) {
        const struct doctor_finding *f = &findings[i];
        r->verdict.bad |= f->state == DOCTOR_BAD;
        r->verdict.unknown |= f->state == DOCTOR_UNKNOWN;
        open_map(r);
        put_string(r, "name", doctor_step_name((enum doctor_step)i));
        put_string(r, "state", doctor_state_word(f->state));
        put_owned(r, "text", f->text);
        put_owned(r, "hint", f->hint);
        end(r);
    }
    end(r);
}

static void put_context(struct report *r, const char *current, const struct kube_access *a,
                        struct doctor_finding *findings)
{
    open_map(r);
    put_string(r, "name", a->context);
    put_bool(r, "current", current && strcmp(current, a->context) == 0);
    put_string(r, "cluster", a->cluster);
    put_string(r, "user", a->user);
    put_string(r, "server", a->server);
    put_string(r, "namespace", a->namespace_);
    put_owned(r, "login", kube_access_login_words(a));
    put_bool(r, "proxied", a->proxy_url != NULL); /* the address may hold a password */
    put_bool(r, "insecure", a->insecure);
    put_string(r, "file", a->origin);
    put_int(r, "line", a->origin_line);
    put_bool(r, "usable", kube_access_usable(a));
    r->verdict.bad |= !kube_access_usable(a);
    open_list(r, "problems");
    for (size_t i = 0; i < a->problems_len; i++)
        put_problem(r, &a->problems[i].err, a->problems[i].blocks);
    end(r);
    put_steps(r, findings);
    end(r);
}

static void put_contexts(struct report *r, const struct doctor_options *o,
                         const struct kubeconfig *kc)
{
    struct kube_string_list names = {0};
    kubeconfig_select(kc, o->contexts, o->contexts_len, &names);
    struct kube_access *accesses = mem_calloc(names.len + 1, sizeof(*accesses));
    struct doctor_finding(*findings)[DOCTOR_STEPS] = mem_calloc(names.len + 1, sizeof(*findings));
    size_t n = 0;
    for (size_t i = 0; i < names.len; i++) {
        if (kubeconfig_access(kc, names.items[i], &accesses[n], NULL) == 0)
            n++;
        else
            kube_access_clear(&accesses[n]);
    }
    if (!o->offline)
        doctor_online_ask(accesses, n, findings);
    open_list(r, "contexts");
    for (size_t i = 0; i < n; i++)
        put_context(r, kubeconfig_current(kc), &accesses[i], o->offline ? NULL : findings[i]);
    end(r);
    for (size_t i = 0; i < n; i++)
        kube_access_clear(&accesses[i]);
    mem_free(accesses);
    mem_free(findings);
    kube_string_list_clear(&names);
}

/* ---- what is around ---- */

static void put_terminal(struct report *r)
{
    const char *term = getenv("TERM"), *depth = getenv("COLORTERM"), *none = getenv("NO_COLOR");
    struct winsize size = {0};
    bool tty = isatty(STDOUT_FILENO);
    const char *colours = "16";
    if (none && *none)
        colours = "none: NO_COLOR is set";
    else if (!term || !*term || strcmp(term, "dumb") == 0)
        colours = "none";
    else if (depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0))
        colours = "16 million";
    else if (strstr(term, "256color") || strstr(term, "direct"))
        colours = "256";
    key(r, "terminal");
    open_map(r);
    put_bool(r, "isTerminal", tty);
    put_string(r, "term", term);
    put_string(r, "colours", colours);
    if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
        put_int(r, "columns", size.ws_col);
        put_int(r, "rows", size.ws_row);
    }
    open_list(r, "problems");
    if (tty && (!term || !*term)) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_INVALID, "TERM is not set");
        err_hint(&e, "the console needs it, for example TERM=xterm-256color");
        put_problem(r, &e, false);
        err_clear(&e);
    }
    end(r);
    end(r);
}

static void put_locale(struct report *r)
{
    const char *name = setlocale(LC_CTYPE, NULL);
    const char *codeset = nl_langinfo(CODESET);
    bool utf8 = strcmp(codeset, "UTF-8") == 0;
    key(r, "locale");
    open_map(r);
    put_string(r, "name", name);
    put_string(r, "codeset", codeset);
    put_bool(r, "utf8", utf8);
    open_list(r, "problems");
    if (!utf8) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_INVALID, "the locale \"%s\" is not UTF-8: ASCII is drawn", name);
        err_hint(&e, "LANG=C.UTF-8 is always there");
        put_problem(r, &e, false);
        err_clear(&e);
    }
    end(r);
    end(r);
}

static void put_sources(struct report *r, const struct kubeconfig *kc)
{
    static const char *const found[] = {[KUBECONFIG_READ] = "read",
                                        [KUBECONFIG_ABSENT] = "absent",
                                        [KUBECONFIG_BROKEN] = "broken",
                                        [KUBECONFIG_NOT_SET] = "not set",
                                        [KUBECONFIG_NOT_USED] = "not used"};
    open_list(r, "sources");
    for (size_t i = 0; i < kubeconfig_source_count(kc); i++) {
        const struct kubeconfig_source *s = kubeconfig_source_at(kc, i);
        open_map(r);
        put_string(r, "place", s->place);
        put_string(r, "path", s->path);
        put_string(r, "found", found[s->found]);
        put_owned(r, "words", kubeconfig_source_words(s));
        put_int(r, "contexts", (int64_t)s->contexts);
        put_int(r, "clusters", (int64_t)s->clusters);
        put_int(r, "users", (int64_t)s->users);
        open_list(r, "problems");
        if (s->found == KUBECONFIG_BROKEN)
            put_problem(r, &s->problem, true);
        for (size_t k = 0; k < s->problems_len; k++)
            put_problem(r, &s->problems[k].err, s->problems[k].blocks);
        end(r);
        end(r);
    }
    end(r);
}

/* Where the store lies and who writes it; it is not opened. A fleet that cannot be read has none,
 * and what is wrong with it was said. */
static void put_store(struct report *r, const struct doctor_options *o)
{
    const struct leeway_options lo = {.fleet_file = o->fleet_file, .kubeconfig = o->kubeconfig};
    struct err e = ERR_INIT;
    struct buf path;
    buf_init(&path, 8192);
    struct inventory *v = inventory_load(&lo, &e);
    err_clear(&e);
    bool known = v && (v->store_path ? buf_puts(&path, v->store_path) == 0
                                     : store_default_path(v->name, &path, &e) == 0);
    inventory_free(v);
    const char *where = known ? buf_str(&path) : NULL;
    bool exists = where && access(where, F_OK) == 0;
    key(r, "store");
    open_map(r);
    put_string(r, "path", where);
    put_bool(r, "exists", exists);
    put_owned(r, "writer", exists ? store_writer(where) : NULL);
    put_string(r, "sqlite", store_sqlite_version());
    open_list(r, "problems");
    if (exists && access(where, R_OK | W_OK) != 0) {
        err_set(&e, ERR_FORBIDDEN, "the store cannot be read and written");
        err_at(&e, where, 0, 0);
        err_hint(&e, "it must belong to whoever runs leeway");
    }
    if (e.code)
        put_problem(r, &e, true);
    end(r);
    end(r);
    err_clear(&e);
    buf_clear(&path);
}

static void put_fleet(struct report *r, const struct doctor_options *o, const struct kubeconfig *kc)
{
    struct fleet_file f;
    struct fleet_clusters clusters = {0};
    struct fleet_problems problems = {0};
    bool loaded = fleet_file_load(o->fleet_file, getenv("HOME"), &f, &problems) == 0;
    if (loaded)
        fleet_file_clusters(&f, kc, &clusters, &problems);
    key(r, "fleet");
    open_map(r);
    put_string(r, "file", o->fleet_file);
    put_string(r, "name", loaded ? f.name : NULL);
    put_int(r, "clusters", (int64_t)clusters.len);
    open_list(r, "problems");
    for (size_t i = 0; i < problems.len; i++)
        put_problem(r, &problems.items[i], true);
    end(r);
    end(r);
    fleet_clusters_clear(&clusters);
    fleet_problems_clear(&problems);
    fleet_file_clear(&f);
}

const struct val *doctor_report(struct val_pool *p, const struct doctor_options *o,
                                struct doctor_verdict *verdict)
{
    struct report r = {p, val_builder_new(p, VAL_MAX_DEPTH), {false, false}};
    struct kubeconfig_options options = {.path = o->kubeconfig};
    struct err e = ERR_INIT;
    struct kubeconfig *kc = kubeconfig_load(&options, &e);
    open_map(&r);
    put_contexts(&r, o, kc);
    put_terminal(&r);
    put_locale(&r);
    put_sources(&r, kc);
    put_fleet(&r, o, kc);
    put_store(&r, o);
    end(&r);
    const struct val *report = val_builder_finish(r.b);
    r.verdict.bad |= e.code != 0;
    *verdict = r.verdict;
    val_builder_free(r.b);
    kubeconfig_free(kc);
    err_clear(&e);
    return report;
}
