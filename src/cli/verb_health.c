// SPDX-License-Identifier: Apache-2.0
/*
 * leeway health: what kstatus says of objects in a file, and the health laid over it. Asks no
 * cluster; kubectl get … -o yaml | leeway health -f - looks at live ones.
 */
#include "cli/input.h"
#include "cli/options.h"

#include "base/clock.h"
#include "base/text.h"
#include "data/json.h"
#include "data/yaml.h"
#include "kube/health.h"

#include <errno.h>
#include <string.h>

#define OBJECTS_MAX 100000u
#define LIST_DEPTH_MAX 8u

struct report {
    const struct val *object;
    struct kstatus_result kstatus;
    struct health_result health;
};

struct run {
    struct val_pool pool;
    int64_t now_wall_ms;
    VEC(struct report) reports;
    bool bad, open;
};

/* ---- in ---- */

static int look_at(struct run *r, const struct val *object, unsigned depth, struct err *e)
{
    const struct val *items = val_get(object, "items"), *kind = val_get(object, "kind");
    bool list = val_is(items, VAL_LIST) && val_is(kind, VAL_STRING) && kind->len >= 4 &&
                memcmp(kind->as.s + kind->len - 4, "List", 4) == 0;
    if (list) {
        int rc = depth < LIST_DEPTH_MAX ? 0 : err_set(e, ERR_LIMIT, "lists in lists in lists");
        for (uint32_t i = 0; i < items->len && !rc; i++)
            rc = look_at(r, &items->as.items[i], depth + 1, e);
        return rc;
    }
    if (r->reports.len == OBJECTS_MAX)
        return err_set(e, ERR_LIMIT, "more than %u objects", OBJECTS_MAX);
    struct report report = {.object = object};
    struct err wrong = ERR_INIT;
    kstatus_compute(&r->pool.arena, object, r->now_wall_ms, &report.kstatus, &wrong);
    health_overlay(object, &report.kstatus, &report.health);
    err_clear(&wrong);
    r->bad |= report.kstatus.status == KSTATUS_FAILED || report.health.health == HEALTH_DEGRADED;
    r->open |= report.kstatus.status != KSTATUS_CURRENT;
    vec_push(&r->reports, report);
    return 0;
}

static int read_objects(struct run *r, const char *file, struct err *e)
{
    struct buf text;
    struct yaml_docs docs = {0};
    buf_init(&text, BUF_LARGE);
    int rc = cli_read_text(file, &text, e);
    if (!rc)
        rc = yaml_read(&r->pool, buf_str(&text), text.len, file, &docs, e);
    for (size_t i = 0; i < docs.len && !rc; i++)
        rc = look_at(r, docs.items[i].value, 0, e);
    yaml_docs_clear(&docs);
    buf_clear(&text);
    return rc;
}

/* ---- out ---- */

static const char *name_of(const struct report *r)
{
    return val_str(val_at(r->object, "metadata", "name", NULL), "");
}

static const char *namespace_of(const struct report *r)
{
    return val_str(val_at(r->object, "metadata", "namespace", NULL), "");
}

static const char *kind_of(const struct report *r)
{
    return val_str(val_get(r->object, "kind"), "");
}

enum { COLUMNS = 6 };

static void print_table(struct run *r)
{
    static const char *const heads[COLUMNS] = {"NAMESPACE", "KIND",   "NAME",
                                               "KSTATUS",   "HEALTH", "MESSAGE"};
    struct text(*rows)[COLUMNS] = mem_calloc(r->reports.len + 1, sizeof(*rows));
    uint32_t wide[COLUMNS] = {0};
    for (size_t i = 0; i <= r->reports.len; i++) {
        const struct report *p = i ? &r->reports.items[i - 1] : NULL;
        for (size_t c = 0; c < COLUMNS; c++) {
            const char *const cells[COLUMNS] = {p ? namespace_of(p) : "",
                                                p ? kind_of(p) : "",
                                                p ? name_of(p) : "",
                                                p ? kstatus_word(p->kstatus.status) : "",
                                                p ? health_word(p->health.health) : "",
                                                p ? p->health.message : ""};
            rows[i][c] = text_cstr(&r->pool.arena, p ? cells[c] : heads[c]);
            if (rows[i][c].cols > wide[c])
                wide[c] = rows[i][c].cols;
        }
    }
    for (size_t i = 0; i <= r->reports.len; i++) {
        for (size_t c = 0; c + 1 < COLUMNS; c++)
            printf("%s%*s", rows[i][c].str, (int)(wide[c] - rows[i][c].cols + 2), "");
        puts(rows[i][COLUMNS - 1].str);
    }
    mem_free(rows);
}

static void put(struct val_builder *b, struct run *r, const char *key, const char *value)
{
    (void)val_builder_key(b, key, strlen(key));
    (void)val_builder_add(b, val_of_str(&r->pool, value));
}

static const struct val *as_value(struct run *r)
{
    struct val_builder *b = val_builder_new(&r->pool, VAL_MAX_DEPTH);
    (void)val_builder_list(b);
    for (size_t i = 0; i < r->reports.len; i++) {
        const struct report *p = &r->reports.items[i];
        (void)val_builder_map(b);
        put(b, r, "apiVersion", val_str(val_get(p->object, "apiVersion"), ""));
        put(b, r, "kind", kind_of(p));
        put(b, r, "namespace", namespace_of(p));
        put(b, r, "name", name_of(p));
        put(b, r, "status", kstatus_word(p->kstatus.status));
        put(b, r, "statusReason", p->kstatus.reason);
        put(b, r, "statusMessage", p->kstatus.message);
        put(b, r, "health", health_word(p->health.health));
        put(b, r, "healthReason", p->health.reason);
        put(b, r, "healthMessage", p->health.message);
        (void)val_builder_end(b);
    }
    (void)val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static void print_names(struct run *r)
{
    for (size_t i = 0; i < r->reports.len; i++) {
        const struct report *p = &r->reports.items[i];
        printf("%s/%s\t%s\n", text_cstr(&r->pool.arena, kind_of(p)).str,
               text_cstr(&r->pool.arena, name_of(p)).str, health_word(p->health.health));
    }
}

static void print(struct run *r, enum cli_output how)
{
    struct buf out;
    buf_init(&out, BUF_LARGE * 4u);
    if (how == CLI_OUT_JSON && !json_write(&out, as_value(r), JSON_PRETTY))
        puts(buf_str(&out));
    else if (how == CLI_OUT_YAML && !yaml_write(&out, as_value(r)))
        fputs(buf_str(&out), stdout);
    else if (how == CLI_OUT_NAME)
        print_names(r);
    else if (how == CLI_OUT_TABLE)
        print_table(r);
    buf_clear(&out);
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct run r = {.now_wall_ms = clock_wall_ms(clock_system())};
    struct err e = ERR_INIT;
    enum cli_output how;
    const char **files = NULL;
    int status;
    val_pool_init(&r.pool);
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP ||
        cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_NAME, &how,
                      &status) == CLI_STOP)
        goto out;
    size_t n = cli_values(&args, "filename", &files);
    if (!n || args.words.len) {
        status = cli_usage(verb, "%s", n ? "files are named with -f" : "-f FILE is missing");
        goto out;
    }
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++)
        rc = read_objects(&r, files[i], &e);
    if (rc) {
        char *text = err_format(&e);
        fprintf(stderr, "leeway health: %s\n", text_cstr(&r.pool.arena, text).str);
        mem_free(text);
        status = CLI_FAILED;
        goto out;
    }
    print(&r, how);
    status = r.bad ? CLI_FAILED : r.open ? CLI_UNKNOWN : CLI_OK;
out:
    err_clear(&e);
    mem_free(files);
    vec_clear(&r.reports);
    cli_args_clear(&args);
    val_pool_clear(&r.pool);
    return status;
}

static const struct cli_option options[] = {
    {"filename", 'f', CLI_VALUES, "FILE", "objects in YAML or JSON; - is standard input"},
    CLI_OPTIONS_OUTPUT("table|json|yaml|name"),
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_health = {
    .name = "health",
    .summary = "say how healthy the objects in a file are",
    .about =
        "Reads objects (a List counts as what is in it), asks no cluster, and prints for each the "
        "status that kstatus computes, as Flux and others see it (Current, InProgress, Failed, "
        "Terminating, Unknown), and the health that leeway lays over it (Healthy, Suspended, "
        "Progressing, Degraded, Failed, Terminating, Unknown).\n"
        "Exit status: 0 when every object is Current; 1 when one is Failed or Degraded, or when a "
        "file cannot be read; 3 when one is InProgress, Terminating or Unknown.",
    .options = options,
    .run = run,
};
