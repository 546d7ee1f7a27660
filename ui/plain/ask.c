// SPDX-License-Identifier: Apache-2.0
/*
 * Dialogs and forms: one question at a time, the last is whether to do it. An empty answer keeps
 * what is there, and to the last question it cancels. What is wrong is said at once, and the
 * question asked again.
 */
#include "plain/plain_int.h"

#include <stdlib.h>
#include <string.h>

#define BUTTONS_MAX 6

bool plain_asks(const struct view *v)
{
    const struct plain_view *how = plain_view_of(v);
    return how && how->press;
}

void plain_note(struct plain_question *q, struct text t)
{
    if (q->n_notes == PLAIN_NOTES)
        return;
    q->notes[q->n_notes] = q->n_notes + 1 < PLAIN_NOTES ? t : TEXT("...");
    q->n_notes++;
}

static bool question(struct plain *p, struct view *v, size_t *at, struct plain_question *q)
{
    const struct plain_view *how = plain_view_of(v);
    *q = (struct plain_question){.label = TEXT_NONE, .value = TEXT_NONE};
    return how->question && how->question(p, v, at, q);
}

static void press(struct plain *p, struct view *v, size_t button)
{
    p->asking = NULL; /* the view may be gone */
    p->due_ms = 0;
    plain_view_of(v)->press(p, v, button);
}

void plain_ask_begin(struct plain *p, struct view *v)
{
    const struct plain_view *how = plain_view_of(v);
    struct plain_question q;
    struct text labels[BUTTONS_MAX], why = TEXT_NONE;
    how->say(p, v);
    plain_say_lines(p);
    p->asking = v;
    p->at = 0;
    p->noted = false;
    p->last = !question(p, v, &p->at, &q);
    if (p->last && how->buttons(p, v, labels, BUTTONS_MAX, &why) == 0 && !why.len)
        press(p, v, 0); /* it had only something to say */
}

/* "apply 3 changes": as it is typed. */
static struct text label_of(struct plain *p, struct text label)
{
    char *s = arena_strdup(&p->scratch, label.str);
    if (*s >= 'A' && *s <= 'Z')
        *s += 'a' - 'A';
    return text_cstr(&p->scratch, s);
}

static struct text last_prompt(struct plain *p, struct view *v)
{
    struct text labels[BUTTONS_MAX], why = TEXT_NONE, t = TEXT("cancel");
    size_t n = plain_view_of(v)->buttons(p, v, labels, BUTTONS_MAX, &why);
    struct arena *a = &p->scratch;
    for (size_t i = 0; i < n; i++)
        if (labels[i].len)
            t = text_fmt(a, "%s%s%s", t.str, i + 1 == n ? " or " : ", ",
                         label_of(p, labels[i]).str);
    return text_fmt(a, "%s: ", t.str);
}

static void say_notes(struct plain *p, const struct plain_question *q)
{
    if (!p->noted)
        for (size_t i = 0; i < q->n_notes; i++)
            plain_out_line(p, "%s", q->notes[i].str);
    p->noted = true;
}

struct text plain_ask_prompt(struct plain *p, struct view *v)
{
    struct plain_question q;
    if (!p->last && !question(p, v, &p->at, &q))
        p->last = true;
    if (!p->last) {
        say_notes(p, &q);
        return text_fmt(&p->scratch, "%s%s%s%s: ", q.label.str, q.value.len ? " [" : "",
                        q.value.str, q.value.len ? "]" : "");
    }
    struct text labels[BUTTONS_MAX], why = TEXT_NONE;
    plain_view_of(v)->buttons(p, v, labels, BUTTONS_MAX, &why);
    if (why.len && !p->noted)
        plain_out_line(p, "%s", why.str);
    p->noted = true;
    return last_prompt(p, v);
}

static void answer_last(struct plain *p, struct view *v, struct text t)
{
    struct text labels[BUTTONS_MAX], why = TEXT_NONE;
    size_t n = plain_view_of(v)->buttons(p, v, labels, BUTTONS_MAX, &why), found = 0, at = 0;
    if (!t.len || strcasecmp(t.str, "cancel") == 0) {
        press(p, v, 0);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(labels[i].str, t.str) == 0) {
            at = i + 1;
            found = 1;
            break;
        }
        if (strncasecmp(labels[i].str, t.str, t.len) != 0)
            continue;
        at = i + 1;
        found++;
    }
    if (found == 1 && labels[at - 1].len)
        press(p, v, at);
    else
        plain_out_line(p, "%s: answer cancel, or the words of what is to be done", t.str);
}

/* The question before this one, if there is one. */
static void go_back(struct plain *p, struct view *v)
{
    struct plain_question q;
    size_t k = p->last ? SIZE_MAX : p->at;
    if (p->last) { /* the last that there is */
        size_t at = 0;
        for (k = 0; question(p, v, &at, &q); at++)
            k = at + 1;
    }
    while (k > 0) {
        size_t at = --k;
        if (question(p, v, &at, &q) && at == k) {
            p->at = k;
            p->last = false;
            break;
        }
    }
    p->noted = false;
}

void plain_ask_answer(struct plain *p, struct view *v, struct text t)
{
    struct plain_question q;
    if (strcmp(t.str, "<") == 0) {
        go_back(p, v);
        return;
    }
    if (p->last) {
        answer_last(p, v, t);
        return;
    }
    if (strcmp(t.str, ".") == 0) {
        p->last = true;
        p->noted = false;
        return;
    }
    if (!question(p, v, &p->at, &q)) {
        p->last = true;
        return;
    }
    if (q.whole && !t.len) {
        press(p, v, 0);
        return;
    }
    struct text wrong = plain_view_of(v)->answer(p, v, &p->at, t);
    if (app_top(p->app) != v || !p->asking)
        return; /* the answer was the end of it */
    if (wrong.len) {
        plain_out_line(p, "%s", wrong.str);
        return;
    }
    p->at++;
    p->noted = false;
    p->last = !question(p, v, &p->at, &q);
}
