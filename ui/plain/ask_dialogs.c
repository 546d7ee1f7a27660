// SPDX-License-Identifier: Apache-2.0
/* The dialogs that there are, as questions: buttons and typed names, one of many, accept. */
#include "plain/views.h"

#include "views/accept_int.h"
#include "views/extend.h"
#include "widget/dialog.h"
#include "widget/pick.h"

#include <stdlib.h>
#include <string.h>

/* ---- buttons, perhaps after a name ---- */

void plain_dialog_say(struct plain *p, struct view *v)
{
    struct dialog_words w;
    dialog_read(v, &w);
    if (w.title.len)
        plain_fact(p, "%s", w.title.str);
    for (size_t i = 0; i < w.n_lines; i++)
        if (w.lines[i].len)
            plain_fact(p, "%s", plain_words(p, w.lines[i]).str);
}

bool plain_dialog_question(struct plain *p, struct view *v, size_t *at, struct plain_question *q)
{
    struct dialog_words w;
    dialog_read(v, &w);
    if (*at > 0 || !w.type_name.len)
        return false;
    q->label = TEXT("type the name to go on; empty cancels");
    q->whole = true;
    return true;
}

struct text plain_dialog_answer(struct plain *p, struct view *v, size_t *at, struct text t)
{
    return dialog_type(v, t) ? TEXT_NONE : text_fmt(plain_arena(p), "%s is not the name", t.str);
}

size_t plain_dialog_buttons(struct plain *p, struct view *v, struct text *labels, size_t max,
                            struct text *why)
{
    struct dialog_words w;
    dialog_read(v, &w);
    size_t n = 0;
    for (size_t i = 1; i < w.n_buttons && n < max; i++) {
        labels[n++] = w.why_off[i].len ? TEXT_NONE : w.labels[i];
        if (w.why_off[i].len)
            *why = text_fmt(plain_arena(p), "%s is not possible: %s", w.labels[i].str,
                            w.why_off[i].str);
    }
    return n;
}

void plain_dialog_press(struct plain *p, struct view *v, size_t button)
{
    if (!dialog_press(v, p->app, button))
        dialog_press(v, p->app, 0);
}

/* ---- one of many ---- */

void plain_pick_say(struct plain *p, struct view *v)
{
    struct pick_spec s = pick_read(v);
    plain_fact(p, "%s", s.title.str);
    for (size_t i = 0; i < s.n_items; i++) {
        const struct pick_item *x = &s.items[i];
        struct plain_line *l =
            plain_add(p, PLAIN_ROW,
                      text_fmt(plain_arena(p), "%s%s%s", x->label.str, x->note.len ? ": " : "",
                               plain_words(p, x->note).str));
        l->uid = i + 1;
    }
    if (s.hint)
        plain_fact(p, "%s", s.hint);
}

bool plain_pick_question(struct plain *p, struct view *v, size_t *at, struct plain_question *q)
{
    struct pick_spec s = pick_read(v);
    if (*at > 0)
        return false;
    q->label = s.n_items ? TEXT("a number or a name; empty leaves it") : s.title;
    q->whole = true;
    return true;
}

struct text plain_pick_answer(struct plain *p, struct view *v, size_t *at, struct text t)
{
    struct pick_spec s = pick_read(v);
    char *end;
    long number = strtol(t.str, &end, 10);
    if (*end == '\0' && number >= 1 && (size_t)number <= s.n_items && !s.free_text)
        t = s.items[number - 1].label;
    if (pick_search(v, t) == SIZE_MAX && !s.free_text)
        return text_fmt(plain_arena(p), "%s: there is none by that name", t.str);
    p->due_ms = 0;
    pick_take(v, p->app);
    return TEXT_NONE;
}

size_t plain_pick_buttons(struct plain *p, struct view *v, struct text *labels, size_t max,
                          struct text *why)
{
    return 0;
}

void plain_pick_press(struct plain *p, struct view *v, size_t button)
{
    app_close(p->app, v);
}

/* ---- accept until a date, hand over ---- */

static const char *const accept_labels[STOPS] = {
    [ON_AS] = "as exception or override",
    [ON_VALUE] = "value, exactly as it is or in a range",
    [ON_FROM] = "value, from",
    [ON_TO] = "value, to",
    [ON_REASON] = "reason",
    [ON_UNTIL] = "until",
};

void plain_accept_say(struct plain *p, struct view *view)
{
    struct accept *v = (struct accept *)view;
    plain_fact(p, "%s: %s", v->hand_over ? "Hand over" : "Accept drift",
               plain_words(p, v->title).str);
}

bool plain_accept_question(struct plain *p, struct view *view, size_t *at, struct plain_question *q)
{
    struct accept *v = (struct accept *)view;
    struct arena *a = plain_arena(p);
    while (*at < ON_CANCEL && !accept_has(v, (enum accept_stop) * at))
        ++*at;
    if (*at >= ON_CANCEL)
        return false;
    const struct input *in = accept_field(v, (enum accept_stop) * at);
    q->label = text_cstr(a, accept_labels[*at]);
    if (in)
        q->value = input_text(in, a);
    else if (*at == ON_AS)
        q->value = v->override ? TEXT("override") : TEXT("exception");
    else
        q->value = v->range ? TEXT("range") : TEXT("exactly");
    if (*at == ON_AS) {
        plain_note(q, text_fmt(a, "Exception: live may stay until it ends, %s stays wanted",
                               v->wanted.len ? v->wanted.str : "what was given"));
        plain_note(q, text_fmt(a, "Override: %s", plain_words(p, accept_override_words(v, a)).str));
    } else if (*at == ON_UNTIL) {
        plain_note(q, text_fmt(a, "Until when: 3d, fri 12:00 or a date such as 2026-11-27%s%s",
                               v->longest.len && !v->override ? "; at most " : "",
                               v->longest.len && !v->override ? v->longest.str : ""));
    }
    return true;
}

/* One of two words; neither is wrong. */
static bool choose(struct text t, const char *no, const char *yes, bool *chosen)
{
    bool is_yes = strncasecmp(yes, t.str, t.len) == 0;
    if (!is_yes && strncasecmp(no, t.str, t.len) != 0)
        return false;
    *chosen = is_yes;
    return true;
}

struct text plain_accept_answer(struct plain *p, struct view *view, size_t *at, struct text t)
{
    struct accept *v = (struct accept *)view;
    struct input *in = accept_field(v, (enum accept_stop) * at);
    if (!in && t.len && *at == ON_AS && !choose(t, "exception", "override", &v->override))
        return TEXT("answer exception or override");
    if (!in && t.len && *at == ON_VALUE && !choose(t, "exactly", "range", &v->range))
        return TEXT("answer exactly or range");
    struct input before = in ? *in : (struct input){0};
    if (in && t.len)
        input_set(in, t);
    const char *why = accept_wrong(v, (enum accept_stop) * at, plain_arena(p));
    if (why && in)
        *in = before;
    return text_cstr(plain_arena(p), why);
}

size_t plain_accept_buttons(struct plain *p, struct view *view, struct text *labels, size_t max,
                            struct text *why)
{
    struct accept *v = (struct accept *)view;
    struct arena *a = plain_arena(p);
    *why = plain_words(p, accept_does(v, a));
    labels[0] =
        v->hand_over || v->override ? TEXT("plan it") : text_fmt(a, "accept as %s", v->who.str);
    for (int s = 0; s < ON_CANCEL; s++) {
        const char *wrong = accept_wrong(v, (enum accept_stop)s, a);
        if (!wrong)
            continue;
        *why = text_fmt(a, "It is not possible: %s", wrong);
        labels[0] = TEXT_NONE;
    }
    return 1;
}

void plain_accept_press(struct plain *p, struct view *view, size_t button)
{
    if (button == 0 || accept_press((struct accept *)view) & VIEW_CLOSE)
        app_close(p->app, view);
}

/* ---- time to live ---- */

void plain_extend_say(struct plain *p, struct view *v)
{
    plain_fact(p, "Time to live: %s", extend_title(v).str);
    plain_fact(p, "Writes its file; sends nothing. At the end a plan of its deletion waits for a "
                  "person");
}

bool plain_extend_question(struct plain *p, struct view *v, size_t *at, struct plain_question *q)
{
    const struct input *in = extend_field(v, *at);
    if (!in)
        return false;
    q->label = *at == 0 ? TEXT("until") : TEXT("reason");
    q->value = input_text(in, plain_arena(p));
    if (*at == 0)
        plain_note(q, TEXT("Until when: +2d, 3d, fri 12:00 or a date such as 2026-11-27"));
    return true;
}

struct text plain_extend_answer(struct plain *p, struct view *v, size_t *at, struct text t)
{
    struct input *in = extend_field(v, *at), before = *in;
    if (t.len)
        input_set(in, t);
    const char *why = extend_why_off(v, plain_arena(p));
    if (why)
        *in = before;
    return text_cstr(plain_arena(p), why);
}

size_t plain_extend_buttons(struct plain *p, struct view *v, struct text *labels, size_t max,
                            struct text *why)
{
    const char *off = extend_why_off(v, plain_arena(p));
    labels[0] = off ? TEXT_NONE : TEXT("let it live until then");
    *why = text_cstr(plain_arena(p), off);
    return 1;
}

void plain_extend_press(struct plain *p, struct view *v, size_t button)
{
    if (button == 0 || extend_press(v))
        app_close(p->app, v);
}
