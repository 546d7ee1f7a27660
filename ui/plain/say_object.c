// SPDX-License-Identifier: Apache-2.0
/* An object as YAML: each line as it is written, with its owner where another one begins. */
#include "plain/views.h"

#include "views/object_int.h"
#include "views/words.h"

#include <string.h>

static const struct leeway_object_field *difference(const struct leeway_object *o, struct text path)
{
    for (size_t i = 0; path.len && i < o->n_fields; i++)
        if (o->fields[i].differs && text_equal(o->fields[i].path, path))
            return &o->fields[i];
    return NULL;
}

static struct text owner_words(struct plain *p, const struct leeway_object *o,
                               const struct leeway_object_line *l)
{
    struct arena *a = plain_arena(p);
    const struct leeway_owner *w = &o->owners[l->owner];
    struct text t = words_manager(a, w);
    if (l->n_owners > 1)
        t = text_fmt(a, "%s and %u more", t.str, l->n_owners - 1);
    if (w->at_or_before_ms)
        t = text_fmt(a, "%s, at or before %s", t.str, plain_time(p, w->at_or_before_ms).str);
    return t;
}

static void say_yaml_line(struct plain *p, struct object_view *v, size_t row, int32_t *owner)
{
    struct arena *a = plain_arena(p);
    const struct leeway_object *o = v->object;
    const struct object_line *at = &v->rows.items[row];
    const struct leeway_object_line *l = &o->lines[at->line];
    const struct leeway_object_field *f = difference(o, l->path);
    struct text t = l->text;
    bool owned = l->owner >= 0 && (size_t)l->owner < o->n_owners;
    if (owned && l->owner != *owner)
        t = text_fmt(a, "%s   (%s)", t.str, owner_words(p, o, l).str);
    if (owned)
        *owner = l->owner;
    if (f)
        t = text_fmt(a, "%s   %s: given %s", t.str, leeway_verdict_word(f->verdict),
                     text_equal(f->given, TEXT("=")) ? f->wanted.str : f->given.str);
    if (at->shut)
        t = text_fmt(a, "%s   folded", t.str);
    plain_row(p, &v->list, at->uid, -1, "%s", t.str);
    plain_last(p)->as_it_is = true;
}

void plain_object_say(struct plain *p, struct view *view)
{
    struct object_view *v = (struct object_view *)view;
    int32_t owner = -1;
    if (v->tab != OBJECT_YAML || !v->object || !v->object->n_lines) {
        plain_read_view(p, view, false);
        return;
    }
    plain_fact(p, "Part: yaml. Others: describe");
    if (v->gone || v->failed.len)
        plain_fact(p, "%s", v->gone ? "It is gone; this is what it was" : v->failed.str);
    for (size_t i = 0; i < v->rows.len; i++)
        say_yaml_line(p, v, i, &owner);
}
