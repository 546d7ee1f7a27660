// SPDX-License-Identifier: Apache-2.0
/*
 * Lists and the forms in which objects are answered: full, PartialObjectMetadata, Table. Pages
 * after the first show the state at the first one's version, wound back from the history; when that
 * is gone the answer is 410 with a token that goes on inconsistently.
 */
#include "base/digest.h"
#include "sim/define.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- forms ---- */

static int api_version(struct buf *b, const struct sim_kind *k)
{
    return buf_printf(b, "\"%s%s%s\"", k->group, k->group[0] ? "/" : "", k->version);
}

static int partial(struct buf *b, const struct val *v)
{
    buf_puts(b, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                "\"metadata\":");
    json_write(b, val_get(v, "metadata"), JSON_COMPACT);
    return buf_putc(b, '}');
}

int sim_table_columns(struct buf *b, const struct sim_kind *k)
{
    buf_puts(b, "\"columnDefinitions\":[");
    for (const struct sim_column *c = k->columns; c && c->name; c++) {
        buf_puts(b, c == k->columns ? "{\"name\":" : ",{\"name\":");
        sim_json_text(b, c->name);
        buf_puts(b, ",\"type\":");
        sim_json_text(b, c->type);
        buf_puts(b, ",\"format\":");
        sim_json_text(b, c->format ? c->format : strcmp(c->name, "Name") == 0 ? "name" : "");
        buf_puts(b, ",\"description\":");
        sim_json_text(b, c->description ? c->description : c->name);
        buf_printf(b, ",\"priority\":%d}", c->priority);
    }
    return buf_putc(b, ']');
}

static int row(struct buf *b, const struct sim_kind *as, const struct sim_object *o,
               const struct val *v, const char *include, int64_t wall_ms)
{
    buf_puts(b, "{\"cells\":[");
    for (const struct sim_column *c = as->columns; c && c->name; c++) {
        if (c != as->columns)
            buf_putc(b, ',');
        c->cell(b, v, wall_ms, c->arg);
    }
    buf_putc(b, ']');
    if (strcmp(include, "Object") == 0) {
        buf_puts(b, ",\"object\":");
        if (as == o->kind)
            buf_add(b, o->text, o->len);
        else
            json_write(b, v, JSON_COMPACT);
    } else if (strcmp(include, "None") != 0) {
        buf_puts(b, ",\"object\":");
        partial(b, v);
    } else {
        buf_puts(b, ",\"object\":null");
    }
    return buf_putc(b, '}');
}

int sim_object_write_as(struct buf *b, const struct sim_kind *as, const struct sim_object *o,
                        enum sim_form form, const char *include, int64_t wall_ms)
{
    if (form == SIM_FULL && as == o->kind)
        return buf_add(b, o->text, o->len);
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    if (as != o->kind && (as->made || form == SIM_FULL))
        v = sim_kind_show(&p, as, v);
    int rc = form == SIM_FULL       ? json_write(b, v, JSON_COMPACT)
             : form == SIM_METADATA ? partial(b, v)
                                    : row(b, as, o, v, include, wall_ms);
    val_pool_clear(&p);
    return rc;
}

int sim_object_table(struct buf *b, const struct sim_kind *as, const struct sim_object *o,
                     const char *include, bool columns, int64_t wall_ms)
{
    buf_printf(b,
               "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"
               "\"resourceVersion\":\"%" PRIu64 "\"},",
               o->version);
    if (columns)
        sim_table_columns(b, as);
    else
        buf_puts(b, "\"columnDefinitions\":null");
    buf_puts(b, ",\"rows\":[");
    sim_object_write_as(b, as, o, SIM_TABLE, include, wall_ms);
    return buf_puts(b, "]}");
}

/* ---- tokens ---- */

struct page {
    uint64_t version; /* of the whole list; 0: inconsistent, the state of now */
    char ns[256], name[256];
};

static int token_write(struct buf *b, uint64_t version, const struct sim_object *last)
{
    struct buf raw;
    buf_init(&raw, BUF_SMALL);
    buf_printf(&raw, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%" PRIu64 ",\"ns\":", version);
    sim_json_text(&raw, last->ns);
    buf_puts(&raw, ",\"after\":");
    sim_json_text(&raw, last->name);
    buf_putc(&raw, '}');
    int rc = base64url_encode(b, raw.data, raw.len);
    buf_clear(&raw);
    return rc;
}

static bool token_read(const char *text, struct page *page)
{
    struct val_pool p;
    struct buf fixed, raw;
    buf_init(&fixed, BUF_SMALL);
    buf_init(&raw, BUF_SMALL);
    val_pool_init_limited(&p, BUF_SMALL);
    bool ok = !buf_puts(&fixed, text);
    for (size_t i = 0; ok && i < fixed.len; i++)
        fixed.data[i] = fixed.data[i] == '-' ? '+' : (fixed.data[i] == '_' ? '/' : fixed.data[i]);
    while (ok && fixed.len % 4)
        ok = !buf_putc(&fixed, '=');
    ok = ok && !base64_decode(&raw, buf_str(&fixed), fixed.len);
    const struct val *v = ok ? json_read(&p, buf_str(&raw), raw.len, NULL, NULL) : NULL;
    ok = v && val_is(val_get(v, "rv"), VAL_INT) && val_is(val_get(v, "after"), VAL_STRING);
    if (ok) {
        page->version = (uint64_t)val_int(val_get(v, "rv"), 0);
        snprintf(page->ns, sizeof(page->ns), "%s", val_str(val_get(v, "ns"), ""));
        snprintf(page->name, sizeof(page->name), "%s", val_str(val_get(v, "after"), ""));
    }
    val_pool_clear(&p);
    buf_clear(&fixed);
    buf_clear(&raw);
    return ok;
}

/* ---- lists ---- */

struct listing {
    struct sim_cluster *c;
    const struct sim_target *t;
    struct sim_selector *selector;
    const char *include;
    uint64_t version, limit;
    struct page after;
    bool paged;
};

static bool is_after(const struct sim_object *o, const struct page *p)
{
    int d = strcmp(o->ns, p->ns);
    return d > 0 || (d == 0 && strcmp(o->name, p->name) > 0);
}

static void head(const struct listing *l, struct buf *b)
{
    const struct sim_kind *k = l->t->kind;
    if (l->t->form == SIM_FULL) {
        char name[300];
        sim_kind_list_name(k, name, sizeof(name));
        buf_printf(b, "{\"kind\":\"%s\",\"apiVersion\":", name);
        api_version(b, k);
    } else {
        buf_printf(b, "{\"kind\":\"%s\",\"apiVersion\":\"meta.k8s.io/v1\"",
                   l->t->form == SIM_TABLE ? "Table" : "PartialObjectMetadataList");
    }
    buf_printf(b, ",\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\"", l->version);
}

/* The items of a list do not say again of what kind they are. */
static void write_item(struct buf *b, const struct sim_object *o)
{
    if (o->kind->made) { /* those of definitions do */
        buf_add(b, o->text, o->len);
        return;
    }
    char head[256];
    int n = snprintf(head, sizeof(head), "{\"apiVersion\":\"%s%s%s\",\"kind\":\"%s\",",
                     o->kind->group, o->kind->group[0] ? "/" : "", o->kind->version, o->kind->kind);
    if (n > 0 && (size_t)n < sizeof(head) && o->len > (size_t)n &&
        memcmp(o->text, head, (size_t)n) == 0) {
        buf_putc(b, '{');
        buf_add(b, o->text + n, o->len - (size_t)n);
        return;
    }
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = val_map_without(&p, sim_object_read(&p, o), "apiVersion");
    json_write(b, val_map_without(&p, v, "kind"), JSON_COMPACT);
    val_pool_clear(&p);
}

static void write_list(struct listing *l, const sim_object_vec *v, struct buf *b)
{
    struct buf items;
    buf_init(&items, b->max);
    uint64_t n = 0, left = 0;
    const struct sim_object *last = NULL;
    bool all = sim_selector_empty(l->selector);
    int64_t now = sim_wall_ms(l->c);
    for (size_t i = 0; i < v->len; i++) {
        const struct sim_object *o = v->items[i];
        if (l->paged && !is_after(o, &l->after))
            continue;
        if (l->limit && n == l->limit && all) {
            left = v->len - i;
            break;
        }
        if (!all) {
            struct val_pool p;
            val_pool_init(&p);
            bool yes = sim_selector_matches(l->selector, sim_object_read(&p, o));
            val_pool_clear(&p);
            if (!yes)
                continue;
        }
        if (l->limit && n == l->limit) {
            left++;
            break;
        }
        if (n++)
            buf_putc(&items, ',');
        if (l->t->form == SIM_FULL && l->t->kind == o->kind)
            write_item(&items, o);
        else
            sim_object_write_as(&items, l->t->kind, o, l->t->form, l->include, now);
        last = o;
    }
    head(l, b);
    if (left) {
        buf_puts(b, ",\"continue\":\"");
        token_write(b, l->version, last);
        buf_putc(b, '"');
        if (all)
            buf_printf(b, ",\"remainingItemCount\":%" PRIu64, left);
    }
    buf_puts(b, "},");
    if (l->t->form == SIM_TABLE) {
        sim_table_columns(b, l->t->kind);
        buf_puts(b, ",\"rows\":[");
    } else {
        buf_puts(b, "\"items\":[");
    }
    buf_add(b, buf_str(&items), items.len);
    buf_puts(b, "]}");
    buf_clear(&items);
}

/* resourceVersion and resourceVersionMatch of a list; false with the reply filled. */
static bool version_asked(struct listing *l, const struct sim_query *q, struct sim_reply *r)
{
    const char *rv = sim_query_get(q, "resourceVersion");
    const char *match = sim_query_get(q, "resourceVersionMatch");
    uint64_t n = 0;
    bool some = rv && *rv;
    if (l->paged && some) {
        sim_fail(r, 400, "BadRequest", NULL, NULL,
                 "specifying resource version is not allowed when using continue");
        return false;
    }
    if (match && *match && !some) {
        sim_fail(r, 422, "Invalid", NULL, NULL,
                 "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                 "resourceVersionMatch is forbidden unless resourceVersion is provided");
        return false;
    }
    if (some && !sim_query_number(q, "resourceVersion", &n)) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "invalid resource version \"%.60s\"", rv);
        return false;
    }
    if (n > l->c->version) {
        sim_fail(r, 504, "Timeout", NULL,
                 "\"causes\":[{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"Too large "
                 "resource version\"}],\"retryAfterSeconds\":1",
                 "Too large resource version: %" PRIu64 ", current: %" PRIu64, n, l->c->version);
        r->retry_after_s = 1;
        return false;
    }
    bool exact = match && *match ? strcmp(match, "Exact") == 0 : l->limit && n;
    if (exact && n == 0) {
        sim_fail(r, 422, "Invalid", NULL, NULL,
                 "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                 "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        return false;
    }
    if (some && n == 0)
        l->limit = 0; /* answered from the cache, which has no pages */
    if (exact)
        l->version = n;
    return true;
}

static void gone(struct listing *l, struct sim_reply *r)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    if (l->paged) {
        struct sim_object last = {.ns = l->after.ns, .name = l->after.name};
        token_write(&b, 0, &last);
    }
    sim_fail(r, 410, "Expired", NULL, NULL,
             l->paged ? "The provided continue parameter is too old to display a consistent list "
                        "result."
                      : "The resourceVersion for the provided list is too old.");
    if (b.len) { /* the token stands in the Status' own metadata */
        static const char empty[] = "\"metadata\":{}";
        char *at = strstr(r->body.data, empty);
        struct buf whole;
        buf_init(&whole, r->body.max);
        buf_add(&whole, r->body.data, (size_t)(at - r->body.data));
        buf_printf(&whole, "\"metadata\":{\"continue\":\"%s\"}", buf_str(&b));
        buf_puts(&whole, at + sizeof(empty) - 1);
        buf_clear(&r->body);
        r->body = whole;
    }
    buf_clear(&b);
}

void sim_list_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                     struct sim_reply *r)
{
    const char *include = sim_query_get(q, "includeObject"), *token = sim_query_get(q, "continue");
    struct listing l = {
        .c = c, .t = t, .version = c->version, .include = include ? include : "Metadata"};
    sim_query_number(q, "limit", &l.limit);
    l.paged = token && *token;
    if (l.paged && !token_read(token, &l.after)) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "continue key is not valid");
        return;
    }
    if (!version_asked(&l, q, r))
        return;
    if (l.paged && l.after.version)
        l.version = l.after.version;
    if (l.version > c->version) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "continue key is not valid");
        return;
    }
    l.selector = sim_selector_new(t->kind, sim_query_get(q, "labelSelector"),
                                  sim_query_get(q, "fieldSelector"), r);
    if (!l.selector)
        return;
    sim_object_vec v;
    const char *ns = t->ns[0] && t->kind->namespaced ? t->ns : NULL;
    if (sim_store_at(c, t->kind, ns, l.version, &v))
        write_list(&l, &v, &r->body);
    else
        gone(&l, r);
    sim_object_vec_clear(&v);
    sim_selector_free(l.selector);
}
