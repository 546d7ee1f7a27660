// SPDX-License-Identifier: Apache-2.0
/*
 * A view that has no words of its own for this face is drawn into a spoken canvas and read row by
 * row: what stands under a heading is said with it, shapes are words, a list's rows get numbers.
 */
#include "plain/plain_int.h"

#include "views/states.h"

#include <string.h>

#define HEADS_MAX 32

struct heads {
    struct spoken_piece pieces[HEADS_MAX];
    size_t n;
};

struct reader {
    struct plain *p;
    const struct spoken_piece *pieces;
    size_t n;
    const struct spoken_row *rows;
    size_t n_rows;
    struct heads heads;
    size_t at_row; /* the row that was found last: the next is near */
    bool verbatim;
};

static bool is_state(const struct spoken_piece *x)
{
    return x->glyph >= GLYPH_FAILED && x->glyph <= GLYPH_OK;
}

static struct text words_of(struct plain *p, const struct spoken_piece *x)
{
    if (is_state(x))
        return text_cstr(&p->scratch,
                         leeway_state_word((enum leeway_state)(x->glyph - GLYPH_FAILED)));
    switch (x->glyph) {
    case GLYPH_CURSOR:
    case GLYPH_BRANCH_OPEN:
    case GLYPH_RULE:
    case GLYPH_EDGE:
        return TEXT_NONE;
    case GLYPH_BRANCH_SHUT:
        return TEXT("folded");
    case GLYPH_MARK:
        return TEXT("marked");
    case GLYPH_ARROW:
        return TEXT("to");
    default:
        return plain_words(p, x->text);
    }
}

/* The end of the pieces that share pane and row with the first. */
static size_t line_end(const struct reader *r, size_t from)
{
    size_t i = from;
    while (i < r->n && r->pieces[i].pane == r->pieces[from].pane &&
           r->pieces[i].row == r->pieces[from].row)
        i++;
    return i;
}

static const struct spoken_row *row_at(struct reader *r, const struct spoken_piece *at, bool own)
{
    for (size_t k = 0; k < r->n_rows; k++) {
        size_t i = (r->at_row + k) % r->n_rows;
        const struct spoken_row *x = &r->rows[i];
        if (x->pane != at->pane ||
            (own ? x->own != at->row : x->row > at->row || x->last < at->row))
            continue;
        r->at_row = i;
        return x;
    }
    return NULL;
}

static const char *head_of(struct reader *r, const struct spoken_piece *x)
{
    for (size_t i = 0; i < r->heads.n; i++) {
        const struct spoken_piece *h = &r->heads.pieces[i];
        if (h->pane == x->pane && (h->col == x->col || h->end == x->end))
            return words_of(r->p, h).str;
    }
    return "";
}

/* Two dim words or more over a list are its headings. */
static bool take_heads(struct reader *r, size_t from, size_t end)
{
    if (r->pieces[from].role == ROLE_HEAD) { /* the name of a section may stand before them */
        r->heads.n = 0;
        if (end - from < 3 || !take_heads(r, from + 1, end))
            return false;
        plain_fact(r->p, "%s:", words_of(r->p, &r->pieces[from]).str);
        return true;
    }
    if (end - from < 2 || end - from > HEADS_MAX || end >= r->n ||
        row_at(r, &r->pieces[from], true))
        return false;
    for (size_t i = from; i < end; i++)
        if (r->pieces[i].role != ROLE_TEXT_DIM)
            return false;
    size_t next = end;
    for (int lines = 0; next < r->n && lines < 2; lines++, next = line_end(r, next)) {
        if (!row_at(r, &r->pieces[next], true))
            continue;
        r->heads.n = end - from;
        memcpy(r->heads.pieces, r->pieces + from, (end - from) * sizeof(*r->pieces));
        return true;
    }
    return false;
}

/* The words beside a shape may say the same. */
static bool said_next(const struct reader *r, size_t i, struct text state)
{
    return strncmp(r->pieces[i].text.str, state.str, state.len) == 0;
}

/* Pieces side by side as one phrase; those apart with a comma. */
static struct text join(struct reader *r, size_t from, size_t end, bool headed)
{
    struct arena *a = &r->p->scratch;
    struct text t = TEXT_NONE, state = TEXT_NONE;
    const struct spoken_piece *before = NULL;
    size_t n = 0;
    for (size_t i = from; i < end; i++) {
        const struct spoken_piece *x = &r->pieces[i];
        struct text w = words_of(r->p, x);
        if (!w.len || (is_state(x) && i + 1 < end && said_next(r, i + 1, w)))
            continue;
        if (is_state(x) && n == 0 && !state.len && end - from > 1) {
            state = w; /* said after the name */
            continue;
        }
        const char *head = headed && n > 0 ? head_of(r, x) : "";
        int gap = before ? x->col - before->end : 2;
        const char *sep = n == 0 ? "" : gap == 0 ? "" : gap == 1 && !*head ? " " : ", ";
        if (n == 1 &&
            ((x->role == ROLE_INPUT) || (!headed && before && before->role == ROLE_TEXT_DIM &&
                                         x->role != ROLE_TEXT_DIM && gap > 1)))
            sep = ": "; /* what stands before it is its name */
        t = text_fmt(a, "%s%s%s%s%s", t.str, sep, head, *head ? " " : "", w.str);
        before = x;
        if (n++ == 0 && state.len) {
            t = text_fmt(a, "%s, %s", t.str, state.str);
            before = NULL;
        }
    }
    return n ? t : state;
}

static struct text verbatim(struct reader *r, size_t from, size_t end)
{
    struct arena *a = &r->p->scratch;
    struct text t = TEXT_NONE;
    int col = r->pieces[from].col;
    for (size_t i = from; i < end; i++) {
        const struct spoken_piece *x = &r->pieces[i];
        struct text w = x->glyph < 0 ? x->text : words_of(r->p, x);
        int gap = i == from ? (col > 1 ? col - 1 : 0) : x->col - col;
        t = text_fmt(a, "%s%*s%s", t.str, gap > 60 ? 2 : gap > 0 ? gap : i > from, "", w.str);
        col = x->col + (int)x->text.cols;
    }
    return t;
}

static int state_of(const struct reader *r, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (is_state(&r->pieces[i]))
            return r->pieces[i].glyph - GLYPH_FAILED;
    return -1;
}

static bool is_tabs(const struct reader *r, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (r->pieces[i].role == ROLE_TAB_ON)
            return true;
    return false;
}

static void say_tabs(struct reader *r, size_t from, size_t end)
{
    struct arena *a = &r->p->scratch;
    struct text here = TEXT_NONE, others = TEXT_NONE;
    for (size_t i = from; i < end; i++) {
        struct text w = words_of(r->p, &r->pieces[i]);
        if (r->pieces[i].role == ROLE_TAB_ON)
            here = text_part(a, w, 1, w.len > 2 ? w.len - 2 : 0); /* without its brackets */
        else
            others = text_fmt(a, "%s%s%s", others.str, others.len ? ", " : "", w.str);
    }
    plain_fact(r->p, "Part: %s. Others: %s", here.str, others.str);
}

static void say_line(struct reader *r, size_t from, size_t end)
{
    int line = r->pieces[from].row;
    const struct spoken_row *own = row_at(r, &r->pieces[from], true),
                            *of = row_at(r, &r->pieces[from], false);
    if (r->verbatim) {
        struct plain_line *l = plain_add(r->p, PLAIN_FACT, verbatim(r, from, end));
        l->news = true;
        return;
    }
    if (is_tabs(r, from, end)) {
        say_tabs(r, from, end);
        return;
    }
    struct text t = join(r, from, end, own != NULL);
    if (!t.len)
        return;
    if (own)
        plain_row(r->p, (struct list *)own->list, own->uid, state_of(r, from, end), "%s", t.str);
    else if (of && line > of->own) { /* what stands below a row belongs to it */
        struct plain_line *l = &r->p->now->lines.items[r->p->now->lines.len - 1];
        l->text = text_fmt(&r->p->now->arena, "%s; %s", l->text.str, t.str);
    } else if (r->pieces[from].role == ROLE_HEAD)
        plain_fact(r->p, "%s:", t.str);
    else {
        plain_fact(r->p, "%s", t.str);
        plain_last(r->p)->way = r->pieces[from].role == ROLE_KEY;
    }
}

void plain_read_canvas(struct plain *p, bool as_it_is)
{
    struct reader r = {.p = p, .verbatim = as_it_is};
    r.n = spoken_pieces(p->canvas, &r.pieces);
    r.n_rows = spoken_rows(p->canvas, &r.rows);
    bool list = r.n_rows > 0;
    for (size_t i = 0, end; i < r.n; i = end) {
        end = line_end(&r, i);
        if (list && r.pieces[i].pane > 0)
            continue; /* about the row under the cursor: said when a row is chosen */
        if (as_it_is || !take_heads(&r, i, end))
            say_line(&r, i, end);
    }
}

void plain_read_view(struct plain *p, struct view *v, bool as_it_is)
{
    canvas_clear(p->canvas);
    v->ops->draw(v, p->app, canvas_all(p->canvas));
    plain_read_canvas(p, as_it_is);
}

bool plain_read_words(struct plain *p, struct view *v)
{
    struct region all = canvas_all(p->canvas);
    size_t before = p->now->lines.len;
    canvas_clear(p->canvas);
    if (v->ops->preview)
        v->ops->preview(v, p->app, all);
    else if (v->ops->describe)
        v->ops->describe(v, p->app, all);
    plain_read_canvas(p, false);
    return p->now->lines.len > before;
}

struct text plain_read_totals(struct plain *p, struct view *v)
{
    struct reader r = {.p = p};
    if (!v->ops->totals)
        return TEXT_NONE;
    canvas_clear(p->canvas);
    v->ops->totals(v, p->app, region_sub(canvas_all(p->canvas), 0, 0, 1, 200));
    r.n = spoken_pieces(p->canvas, &r.pieces);
    struct text t = TEXT_NONE;
    struct arena *a = &p->scratch;
    for (size_t i = 0; i < r.n; i++) {
        struct text w = words_of(p, &r.pieces[i]);
        bool near = i && r.pieces[i].col - r.pieces[i - 1].end < 2;
        if (is_state(&r.pieces[i]) && i + 1 < r.n)
            continue; /* the words beside it say it */
        t = text_fmt(a, "%s%s%s", t.str,
                     !t.len                                ? ""
                     : near && !is_state(&r.pieces[i - 1]) ? " "
                                                           : ", ",
                     w.str);
    }
    return t;
}
