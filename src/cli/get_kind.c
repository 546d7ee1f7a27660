// SPDX-License-Identifier: Apache-2.0
/*
 * leeway get KIND: the table that the servers print, one over all clusters. Clusters that could not
 * be listed are named on standard error and, for machines, in the answer; the exit status is 3.
 */
#include "cli/get_kind.h"

#include "data/json.h"
#include "data/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct answer {
    struct leeway_snapshot *snap;
    const struct leeway_look *look;
    VEC(const struct leeway_row *) rows;
};

/* ---- order ---- */

static size_t source_index(const struct leeway_look *l, uint64_t cluster_id)
{
    size_t i = 0;
    while (i < l->n_sources && l->sources[i].cluster_id != cluster_id)
        i++;
    return i;
}

static int compare(const void *x, const void *y, void *ctx)
{
    const struct leeway_row *a = *(const struct leeway_row *const *)x,
                            *b = *(const struct leeway_row *const *)y;
    if (a->cluster_id != b->cluster_id)
        return source_index(ctx, a->cluster_id) < source_index(ctx, b->cluster_id) ? -1 : 1;
    int order = text_compare(a->namespace_, b->namespace_);
    return order ? order : text_compare(a->name, b->name);
}

static void collect(struct answer *x, const char *name)
{
    for (size_t i = 0; i < x->look->n_rows; i++) {
        const struct leeway_row *r = leeway_look_row(x->look, i);
        if (!name || strcmp(r->name.str, name) == 0)
            vec_push(&x->rows, r);
    }
    if (x->rows.len)
        qsort_r(x->rows.items, x->rows.len, sizeof(*x->rows.items), compare, (void *)x->look);
}

/* ---- tables ---- */

struct column {
    struct text head;
    int cell; /* of the look; -1 cluster, -2 namespace, -3 name */
    bool right;
    uint32_t width;
};

static struct text upper(struct arena *a, struct text t)
{
    char *s = arena_strndup(a, t.str, t.len);
    for (char *p = s; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return (struct text){s, t.len, t.cols};
}

static struct text cell_of(const struct leeway_row *r, int cell)
{
    if (cell < 0)
        return cell == -1 ? r->cluster : cell == -2 ? r->namespace_ : r->name;
    return (size_t)cell < r->n_cells ? r->cells[cell] : TEXT_NONE;
}

static size_t make_columns(const struct answer *x, struct arena *a, bool wide, struct column *out)
{
    size_t n = 0;
    out[n++] = (struct column){TEXT("CLUSTER"), -1, false, 7};
    if (x->look->namespaced)
        out[n++] = (struct column){TEXT("NAMESPACE"), -2, false, 9};
    out[n++] = (struct column){TEXT("NAME"), -3, false, 4};
    for (size_t i = 0; i < x->look->n_columns; i++) {
        const struct leeway_column *c = &x->look->columns[i];
        if (!c->wide || wide)
            out[n++] = (struct column){upper(a, c->name), (int)i, c->number, c->name.cols};
    }
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < x->rows.len; i++) {
            uint32_t cols = cell_of(x->rows.items[i], out[k].cell).cols;
            if (cols > out[k].width)
                out[k].width = cols;
        }
    return n;
}

static void put(const struct column *c, struct text t, bool last)
{
    int blank = (int)(c->width > t.cols ? c->width - t.cols : 0);
    if (c->right)
        printf("%*s%s", blank, "", t.str);
    else if (last)
        fputs(t.str, stdout);
    else
        printf("%s%*s", t.str, blank, "");
    fputs(last ? "\n" : "   ", stdout);
}

static void print_table(const struct answer *x, bool wide)
{
    struct arena a;
    arena_init(&a);
    struct column *columns = arena_array(&a, x->look->n_columns + 3, sizeof(*columns));
    size_t n = make_columns(x, &a, wide, columns);
    for (size_t k = 0; x->rows.len && k < n; k++)
        put(&columns[k], columns[k].head, k + 1 == n);
    for (size_t i = 0; i < x->rows.len; i++)
        for (size_t k = 0; k < n; k++)
            put(&columns[k], cell_of(x->rows.items[i], columns[k].cell), k + 1 == n);
    arena_clear(&a);
}

static void print_names(const struct answer *x)
{
    for (size_t i = 0; i < x->rows.len; i++) {
        const struct leeway_row *r = x->rows.items[i];
        printf("%s/%s%s%s/%s\n", r->cluster.str, r->namespace_.str, r->namespace_.len ? "/" : "",
               x->look->plural.str, r->name.str);
    }
}

/* ---- for machines ---- */

static void add_str(struct val_builder *b, const char *key, struct text t)
{
    val_builder_key(b, key, strlen(key));
    val_builder_add(b, val_borrow_str(t.str, t.len));
}

static void add_sources(struct val_builder *b, const struct leeway_look *l)
{
    val_builder_key(b, "clusters", 8);
    val_builder_list(b);
    for (size_t i = 0; i < l->n_sources; i++) {
        const struct leeway_source *s = &l->sources[i];
        val_builder_map(b);
        add_str(b, "cluster", s->cluster);
        const char *word = leeway_source_word(s->state);
        val_builder_key(b, "state", 5);
        val_builder_add(b, val_borrow_str(word, strlen(word)));
        if (s->reason.len)
            add_str(b, "reason", s->reason);
        val_builder_end(b);
    }
    val_builder_end(b);
}

/* {"kind": "ObjectList", "clusters": […], "items": [{"cluster": …, "object": {…}}]} */
static const struct val *document(const struct answer *x, struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    struct err e = ERR_INIT;
    val_builder_map(b);
    add_str(b, "kind", TEXT("ObjectList"));
    add_sources(b, x->look);
    val_builder_key(b, "items", 5);
    val_builder_list(b);
    for (size_t i = 0; i < x->rows.len; i++) {
        const struct leeway_row *r = x->rows.items[i];
        const struct val *object = json_read(p, r->json.str, r->json.len, NULL, &e);
        val_builder_map(b);
        add_str(b, "cluster", r->cluster);
        val_builder_key(b, "object", 6);
        val_builder_add(b, object ? *object : val_null);
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    err_clear(&e);
    return v;
}

/* What a terminal would act on or hide is escaped; to a JSON reader it is the same. */
static void print_escaped(const char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int n = text_decode(s + i, len - i, &cp);
        bool hidden = (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
                      (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x2069) ||
                      cp == 0xfeff;
        if (n > 0 && hidden)
            printf("\\u%04x", cp);
        else
            fwrite(s + i, 1, n > 0 ? (size_t)n : 1, stdout);
        i += n > 0 ? (size_t)n : 1;
    }
}

static int print_objects(const struct answer *x, enum cli_output how)
{
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, (size_t)4 << 30);
    const struct val *doc = document(x, &p);
    int r = !doc                  ? ERR_LIMIT
            : how == CLI_OUT_JSON ? json_write(&b, doc, JSON_PRETTY)
                                  : yaml_write(&b, doc);
    if (!r && how == CLI_OUT_JSON)
        print_escaped(buf_str(&b), b.len);
    else if (!r)
        fwrite(buf_str(&b), 1, b.len, stdout);
    if (!r && how == CLI_OUT_JSON)
        putchar('\n');
    if (r)
        fputs("leeway get: the answer is too large\n", stderr);
    buf_clear(&b);
    val_pool_clear(&p);
    return r ? CLI_FAILED : CLI_OK;
}

/* ---- asking ---- */

/* Clusters that do not serve a kind have none of it: only when none does, something is wrong. */
static int say_unknown(const struct answer *x, const char *kind)
{
    int status = CLI_OK;
    size_t unserved = 0;
    for (size_t i = 0; i < x->look->n_sources; i++) {
        const struct leeway_source *s = &x->look->sources[i];
        unserved += s->state == LEEWAY_SOURCE_UNSERVED;
        if (s->state == LEEWAY_SOURCE_CURRENT || s->state == LEEWAY_SOURCE_UNSERVED)
            continue;
        status = CLI_UNKNOWN;
        fprintf(stderr, "%s: not listed: %s\n", s->cluster.str,
                s->reason.len ? s->reason.str : "no answer yet");
    }
    if (unserved && unserved == x->look->n_sources) {
        struct arena a;
        arena_init(&a);
        fprintf(stderr, "leeway get: no cluster serves a kind called %s\n",
                text_cstr(&a, kind).str);
        arena_clear(&a);
        return CLI_FAILED;
    }
    return status;
}

static int print_answer(struct cli_session *s, struct answer *x, enum cli_output how,
                        const char *kind, const char *name)
{
    int status = CLI_OK;
    if (!x->look)
        return s->interrupted ? CLI_INTERRUPTED : CLI_UNKNOWN;
    collect(x, name);
    if (how & (CLI_OUT_JSON | CLI_OUT_YAML))
        status = print_objects(x, how);
    else if (how == CLI_OUT_NAME)
        print_names(x);
    else
        print_table(x, how == CLI_OUT_WIDE);
    int unknown = say_unknown(x, kind);
    if (!x->rows.len && !unknown && !(how & (CLI_OUT_JSON | CLI_OUT_YAML)))
        fputs("There is none.\n", stderr);
    return status ? status : unknown;
}

/* What clusters are like is not what was asked. */
static void ignore(void *ctx, const struct leeway_event *ev)
{
}

int get_kind(const struct cli_args *a, enum cli_output how)
{
    struct cli_session s;
    const char *kind = a->words.items[0], *ns = cli_value(a, "namespace");
    const char *name = a->words.len > 1 ? a->words.items[1] : NULL;
    int status = cli_session_open(
        &s, a, CLI_SESSION_NO_STORE | CLI_SESSION_NO_WATCH | CLI_SESSION_READ_ONLY);
    if (status)
        return status;
    struct leeway_snapshot *reached = cli_session_reach(&s);
    struct answer x = {0};
    if (!reached) {
        status = CLI_INTERRUPTED;
        goto out;
    }
    leeway_snapshot_unref(reached);
    char *fields = name
                       ? mem_printf("metadata.name=%s%s%s", name, cli_value(a, "fields") ? "," : "",
                                    cli_value(a, "fields") ? cli_value(a, "fields") : "")
                       : NULL;
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_LOOK,
        .object_kind = kind,
        .namespace_ = ns,
        .own_namespace = !ns && !cli_flag(a, "all-namespaces"),
        .labels = cli_value(a, "labels"),
        .fields = fields ? fields : cli_value(a, "fields"),
        .objects = (how & (CLI_OUT_JSON | CLI_OUT_YAML)) != 0,
    };
    struct leeway_event *ev = cli_session_ask(&s, &c, ignore, NULL, &status);
    mem_free(fields);
    if (!ev)
        goto out;
    uint64_t id = ev->request;
    leeway_event_free(ev);
    x.snap = cli_session_look(&s, id);
    x.look = x.snap ? leeway_look_by_id(x.snap, id) : NULL;
    status = print_answer(&s, &x, how, kind, name);
    vec_clear(&x.rows);
    leeway_snapshot_unref(x.snap);
out:
    cli_session_close(&s);
    return status;
}
