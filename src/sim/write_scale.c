// SPDX-License-Identifier: Apache-2.0
/*
 * The scale subresource: a Scale that is made from an object, written like one, and put back into
 * it. Entries of managedFields go the same way, so that an autoscaler owns the replicas and nothing
 * else.
 */
#include "sim/write_int.h"

#include "data/diff.h"
#include "sim/define.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int sim_scale_write(struct buf *b, const struct sim_kind *as, const struct sim_object *o)
{
    const struct sim_made *m = as->made;
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o), *meta = val_get(v, "metadata");
    const struct val *labels = m ? NULL : val_at(v, "spec", "selector", "matchLabels", NULL);
    int64_t wanted = val_int(sim_made_at(v, m ? m->replicas : ".spec.replicas"), m ? 0 : 1);
    int64_t have = val_int(sim_made_at(v, m ? m->status_replicas : ".status.replicas"), 0);
    struct buf selector;
    buf_init(&selector, BUF_SMALL);
    for (size_t i = 0; val_is(labels, VAL_MAP) && i < labels->len; i++)
        buf_printf(&selector, "%s%s=%s", i ? "," : "", labels->as.entries[i].key->s,
                   val_str(&labels->as.entries[i].value, ""));
    if (m && m->selector)
        buf_puts(&selector, val_str(sim_made_at(v, m->selector), ""));
    buf_puts(b, "{\"kind\":\"Scale\",\"apiVersion\":\"autoscaling/v1\",\"metadata\":{\"name\":");
    sim_json_text(b, o->name);
    buf_puts(b, ",\"namespace\":");
    sim_json_text(b, o->ns);
    buf_printf(b,
               ",\"uid\":\"%s\",\"resourceVersion\":\"%" PRIu64 "\",\"creationTimestamp\":\"%s\"}",
               val_str(val_get(meta, "uid"), ""), o->version,
               val_str(val_get(meta, "creationTimestamp"), ""));
    buf_puts(b, ",\"spec\":{");
    if (wanted) /* zero is not written */
        buf_printf(b, "\"replicas\":%" PRId64, wanted);
    buf_printf(b, "},\"status\":{\"replicas\":%" PRId64, have);
    if (selector.len) {
        buf_puts(b, ",\"selector\":");
        sim_json_text(b, buf_str(&selector));
    }
    int rc = buf_puts(b, "}}");
    buf_clear(&selector);
    val_pool_clear(&p);
    return rc;
}

static const struct val *scale_of(struct write *w, const struct sim_object *o)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    sim_scale_write(&b, w->t->kind, o);
    const struct val *v = write_json(w, buf_str(&b));
    buf_clear(&b);
    return v;
}

static const struct typed_atom *typed_scale(void *ctx, const char *version)
{
    struct write *w = ctx;
    const struct sim_struct *s = sim_types_find(w->c->sim->types, "autoscaling.v1.Scale");
    return strcmp(version, "autoscaling/v1") != 0 ? NULL : s ? &s->typed : &typed_deduced;
}

/* v as a Scale; NULL with r->wrong set. */
static const struct val *read_scale(struct write *w, struct sim_reading *r, const struct val *v)
{
    const struct sim_struct *s = sim_types_find(w->c->sim->types, "autoscaling.v1.Scale");
    *r = (struct sim_reading){.pool = &w->pool};
    return s ? sim_types_read(r, s, v) : v;
}

static const struct val *empty_scale(struct write *w)
{
    struct sim_reading r;
    const struct val *v = read_scale(w, &r, NULL);
    sim_reading_clear(&r);
    v = write_with(w, v, "apiVersion", write_text(w, "autoscaling/v1"));
    return write_with(w, v, "kind", write_text(w, "Scale"));
}

/* What the request makes of the Scale; NULL with the reply filled. */
static const struct val *changed(struct write *w, const struct val *was, struct sim_fields *f,
                                 bool tracked)
{
    bool merge = write_content_is(w, "application/merge-patch+json") ||
                 write_content_is(w, WRITE_STRATEGIC); /* a Scale has no lists */
    bool steps = write_content_is(w, "application/json-patch+json");
    bool apply = write_content_is(w, "application/apply-patch+yaml");
    bool put = strcmp(w->rq->method, "PUT") == 0;
    const struct val *body = write_read_body(w), *v = body;
    struct err e = ERR_INIT;
    if (!body)
        return NULL;
    if (apply && !put && !tracked) { /* as servers answer */
        sim_fail(w->r, 500, "", NULL, NULL,
                 "failed to create manager for existing fields: failed to convert live object (/; "
                 "autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an "
                 "invalid group/version: autoscaling/v1");
        return NULL;
    }
    if (apply && !put) {
        ssa_conflicts conflicts;
        const char *force = sim_query_get(w->q, "force");
        int rc =
            sim_fields_apply(f, was, body, force && strcmp(force, "true") == 0, &v, &conflicts, &e);
        if (rc == ERR_CONFLICT) {
            struct buf message, causes;
            buf_init(&message, BUF_SMALL);
            buf_init(&causes, BUF_SMALL);
            sim_fields_conflict(&message, &causes, &conflicts);
            sim_fail(w->r, 409, "Conflict", NULL, buf_str(&causes), "%s", buf_str(&message));
            buf_clear(&message);
            buf_clear(&causes);
        } else if (rc) {
            sim_fail(w->r, 500, "", NULL, NULL, "%s", e.text);
        }
        vec_clear(&conflicts);
        err_clear(&e);
        return rc ? NULL : v;
    }
    if (merge && !put)
        v = merge_patch_apply(&w->pool, was, body);
    else if (steps && !put)
        v = json_patch_apply(&w->pool, was, body, &e);
    else if (!put)
        v = NULL;
    if (!val_is(v, VAL_MAP)) {
        sim_fail(w->r, 422, "Invalid", w->t, NULL, "the patch cannot be applied: %s",
                 e.text ? e.text : "the result is no object");
        v = NULL;
    }
    err_clear(&e);
    if (v) { /* zero replicas are none in a Scale: whoever wrote them owns nothing */
        struct sim_reading r;
        const struct val *typed = read_scale(w, &r, v);
        sim_reading_clear(&r);
        v = typed ? typed : v;
    }
    if (!tracked)
        return v;
    return v ? sim_fields_update(f, was, v) : NULL;
}

static bool agrees(struct write *w, const struct val *v, const struct val *was)
{
    const struct val *rv = val_at(v, "metadata", "resourceVersion", NULL);
    if (!val_is(rv, VAL_STRING) || !rv->len ||
        val_equal(rv, val_at(was, "metadata", "resourceVersion", NULL)))
        return true;
    write_conflict(w, "the object has been modified; please apply your changes to the latest "
                      "version and try again");
    return false;
}

void write_scale(struct write *w, struct sim_object *o)
{
    const struct val *was = write_read_stored(w, o), *scale = scale_of(w, o), *out;
    const struct val *entries = val_at(was, "metadata", "managedFields", NULL);
    struct sim_reading r;
    struct sim_fields f = write_fields(w);
    f.version = "autoscaling/v1";
    f.reset = NULL;
    f.empty = empty_scale(w);
    f.type = typed_scale;
    const struct sim_made *m = w->t->kind->made;
    const char *path = m ? m->replicas : ".spec.replicas";
    const struct val *owners = sim_fields_to_scale(&w->pool, entries, w->version, path);
    /* Of what a definition made, nobody gets to own replicas that nobody owned. */
    bool tracked = !m || val_count(owners);
    scale = write_with_meta(w, scale, "managedFields", owners);
    const struct val *v = changed(w, scale, &f, tracked);
    if (!v)
        return;
    const struct val *fields = val_at(v, "metadata", "managedFields", NULL);
    v = read_scale(w, &r, v);
    const struct val *n = val_at(v, "spec", "replicas", NULL);
    if (!v || val_int(n, 0) < 0 || val_int(n, 0) > INT32_MAX) {
        struct buf text;
        buf_init(&text, 512);
        buf_printf(&text, "Invalid value: %" PRId64 ": must be greater than or equal to 0",
                   val_int(n, 0));
        if (v)
            sim_fail(w->r, 422, "Invalid", w->t,
                     "\"causes\":[{\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid "
                     "value\",\"field\":\"spec.replicas\"}]",
                     "Scale.autoscaling \"%s\" is invalid: spec.replicas: %s", w->t->name,
                     buf_str(&text));
        else
            sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                     "Scale in version \"v1\" cannot be handled as a Scale: %s", r.wrong);
        buf_clear(&text);
        sim_reading_clear(&r);
        return;
    }
    sim_reading_clear(&r);
    if (!agrees(w, v, was))
        return;
    const struct val *now = sim_made_with(&w->pool, was, path, n ? n : write_integer(w, 0));
    if (tracked)
        now = write_with_meta(w, now, "managedFields",
                              sim_fields_from_scale(&w->pool, entries, fields, w->version, path));
    struct sim_object *stored;
    if (!write_put(w, now, was, o, true, &out, &stored))
        return;
    w->r->status = 200;
    buf_reset(&w->r->body);
    if (w->dry || !stored) {
        write_answer(w, 200, write_with(w, scale, "spec", write_with(w, NULL, "replicas", n)),
                     NULL);
        return;
    }
    sim_scale_write(&w->r->body, w->t->kind, stored);
    if (stored != o)
        sim_behave_touch(w->c, stored);
}
