// SPDX-License-Identifier: Apache-2.0
/*
 * The view is drawn into a canvas that keeps whole texts (canvas/spoken.h); what stands below a
 * heading, or ends where it ends, is in its column, anything else in the column on its left.
 */
#include "views/export.h"

#include "base/mem.h"
#include "base/vec.h"
#include "canvas/spoken.h"
#include "leeway/state.h"
#include "views/editor.h"
#include "widget/pick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS_MAX = 24, EXPORT_MAX = 64 << 20, TRIES = 100 };

static const struct {
    const char *ending, *name;
} forms[EXPORT_FORMS] = {{"txt", "text"}, {"csv", "CSV"}, {"json", "JSON"}};

/* ---- the table ---- */

struct column {
    struct text name;
    int col, end;
    uint32_t width;
};

struct line {
    bool row; /* of the list; else words between rows */
    struct text cell[COLUMNS_MAX];
};

struct table {
    struct arena *a;
    struct column columns[COLUMNS_MAX]; /* the first is the state, the second what has no heading */
    size_t n_columns;
    VEC(struct line) lines;
    size_t n_rows;
};

static bool is_state(const struct spoken_piece *x)
{
    return x->glyph >= GLYPH_FAILED && x->glyph < GLYPH_FAILED + LEEWAY_STATE_COUNT;
}

static size_t line_end(const struct spoken_piece *p, size_t n, size_t from)
{
    size_t i = from;
    while (i < n && p[i].pane == p[from].pane && p[i].row == p[from].row)
        i++;
    return i;
}

static const struct spoken_row *row_at(const struct spoken_row *rows, size_t n, size_t *at,
                                       const struct spoken_piece *x)
{
    for (size_t k = 0; k < n; k++) {
        const struct spoken_row *r = &rows[(*at + k) % n];
        if (r->pane != x->pane || r->own != x->row)
            continue;
        *at = (*at + k) % n;
        return r;
    }
    return NULL;
}

/* Dim words side by side that stand over rows, shapes of states among them. */
static bool are_heads(const struct spoken_piece *p, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (p[i].role != ROLE_TEXT_DIM && !is_state(&p[i]))
            return false;
    return end - from >= 2;
}

static struct text words_of(const struct table *t, const struct spoken_piece *x)
{
    enum leeway_state state = (enum leeway_state)(x->glyph - GLYPH_FAILED);
    return is_state(x) ? text_cstr(t->a, leeway_state_word(state)) : x->text;
}

static void take_heads(struct table *t, const struct spoken_piece *p, size_t from, size_t end)
{
    for (size_t i = from; i < end && t->n_columns < COLUMNS_MAX; i++)
        t->columns[t->n_columns++] = (struct column){words_of(t, &p[i]), p[i].col, p[i].end, 0};
}

static size_t column_of(const struct table *t, const struct spoken_piece *x)
{
    size_t best = 1;
    for (size_t i = 2; i < t->n_columns; i++) {
        const struct column *c = &t->columns[i];
        if (x->col == c->col || x->end == c->end)
            return i;
        if (c->col <= x->col && (best == 1 || c->col > t->columns[best].col))
            best = i;
    }
    return best;
}

static void put_piece(struct table *t, struct line *l, const struct spoken_piece *x)
{
    bool state = is_state(x) && !l->cell[0].len;
    size_t i = state ? 0 : column_of(t, x);
    struct text w = words_of(t, x);
    if (x->glyph >= 0 && !is_state(x))
        return; /* fold marks and the like */
    l->cell[i] = l->cell[i].len ? text_fmt(t->a, "%s %s", l->cell[i].str, w.str) : w;
}

static void add_line(struct table *t, const struct spoken_piece *p, size_t from, size_t end,
                     bool row)
{
    struct line l = {.row = row};
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        l.cell[i] = TEXT_NONE;
    for (size_t i = from; i < end; i++)
        put_piece(t, &l, &p[i]);
    for (size_t i = 0; row && i < t->n_columns; i++)
        if (l.cell[i].cols > t->columns[i].width)
            t->columns[i].width = l.cell[i].cols;
    vec_push(&t->lines, l);
    t->n_rows += row;
}

static void read_table(struct table *t, struct canvas *c)
{
    const struct spoken_piece *p;
    const struct spoken_row *rows;
    size_t n = spoken_pieces(c, &p), n_rows = spoken_rows(c, &rows), at = 0, end;
    bool heads = false;
    t->columns[t->n_columns++] = (struct column){TEXT("state"), -1, -1, 0};
    t->columns[t->n_columns++] = (struct column){TEXT("what"), -1, -1, 0};
    for (size_t i = 0; i < n; i = end) {
        end = line_end(p, n, i);
        bool row = n_rows && row_at(rows, n_rows, &at, &p[i]);
        if (!row && !heads && !t->n_rows && are_heads(p, i, end)) {
            take_heads(t, p, i, end);
            heads = true;
        } else {
            add_line(t, p, i, end, row);
        }
    }
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].width && t->columns[i].name.cols > t->columns[i].width)
            t->columns[i].width = t->columns[i].name.cols;
}

/* ---- printed ---- */

static void print_text_line(const struct table *t, struct buf *out, const struct line *l)
{
    size_t blanks = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct column *c = &t->columns[i];
        struct text w = l ? l->cell[i] : c->name;
        if (!c->width)
            continue;
        buf_printf(out, "%*s%s", w.len ? (int)blanks : 0, "", w.str);
        blanks = (w.len ? 0 : blanks) + c->width - (w.cols < c->width ? w.cols : c->width) + 2;
    }
    buf_puts(out, "\n");
}

static void print_words(struct buf *out, const struct line *l)
{
    bool any = false;
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        if (l->cell[i].len)
            buf_printf(out, "%s%s", any ? "  " : "", l->cell[i].str);
        any = any || l->cell[i].len;
    }
    buf_puts(out, "\n");
}

static void print_text(const struct table *t, struct buf *out)
{
    print_text_line(t, out, NULL);
    for (size_t i = 0; i < t->lines.len; i++)
        if (t->lines.items[i].row)
            print_text_line(t, out, &t->lines.items[i]);
        else
            print_words(out, &t->lines.items[i]);
}

/* RFC 4180. What a spreadsheet would take for a formula is a text. */
static void print_csv_cell(struct buf *out, struct text w)
{
    bool formula = w.len && strchr("=+-@", w.str[0]) && w.len > 1;
    if (!formula && !strpbrk(w.str, ",\"\r\n")) {
        buf_puts(out, w.str);
        return;
    }
    buf_puts(out, formula ? "\"'" : "\"");
    for (const char *s = w.str; *s; s++)
        buf_printf(out, "%s%c", *s == '"' ? "\"" : "", *s);
    buf_puts(out, "\"");
}

static void print_csv(const struct table *t, struct buf *out)
{
    for (size_t i = 0; i <= t->lines.len; i++) {
        const struct line *l = i ? &t->lines.items[i - 1] : NULL;
        bool any = false;
        if (l && !l->row)
            continue;
        for (size_t k = 0; k < t->n_columns; k++) {
            if (!t->columns[k].width)
                continue;
            buf_puts(out, any ? "," : "");
            print_csv_cell(out, l ? l->cell[k] : t->columns[k].name);
            any = true;
        }
        buf_puts(out, "\r\n");
    }
}

static void print_json_string(struct buf *out, struct text w)
{
    buf_puts(out, "\"");
    for (const char *s = w.str; *s; s++)
        if (*s == '"' || *s == '\\')
            buf_printf(out, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            buf_printf(out, "\\u%04x", *s);
        else
            buf_printf(out, "%c", *s);
    buf_puts(out, "\"");
}

static void print_json(const struct table *t, struct buf *out)
{
    bool first = true;
    buf_puts(out, "[");
    for (size_t i = 0; i < t->lines.len; i++) {
        const struct line *l = &t->lines.items[i];
        bool any = false;
        if (!l->row)
            continue;
        buf_puts(out, first ? "\n  {" : ",\n  {");
        first = false;
        for (size_t k = 0; k < t->n_columns; k++) {
            if (!l->cell[k].len)
                continue;
            buf_puts(out, any ? ", " : "");
            print_json_string(out, t->columns[k].name);
            buf_puts(out, ": ");
            print_json_string(out, l->cell[k]);
            any = true;
        }
        buf_puts(out, "}");
    }
    buf_puts(out, first ? "]\n" : "\n]\n");
}

size_t export_view(struct app *a, struct view *v, enum export_form form, struct buf *out)
{
    static void (*const print[EXPORT_FORMS])(const struct table *t,
                                             struct buf *out) = {print_text, print_csv, print_json};
    struct canvas *c = canvas_new_spoken();
    struct arena arena;
    arena_init(&arena);
    struct table t = {.a = &arena};
    v->ops->draw(v, a, canvas_all(c));
    read_table(&t, c);
    print[form](&t, out);
    size_t rows = t.n_rows;
    vec_clear(&t.lines);
    arena_clear(&arena);
    canvas_free(c);
    return rows;
}

/* ---- where to ---- */

static int write_all(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

/* A file that was not there; *path gets a number when its name is taken and may be another. */
static int make_file(char **path, enum export_form form, bool another)
{
    size_t stem = strlen(*path) - strlen(forms[form].ending) - 1;
    char *first = mem_strdup(*path);
    int fd = -1;
    for (int i = 1; i <= (another ? TRIES : 1); i++) {
        if (i > 1) {
            mem_free(*path);
            *path = mem_printf("%.*s-%d.%s", (int)stem, first, i, forms[form].ending);
        }
        fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    mem_free(first);
    return fd;
}

static void save(struct app *a, struct view *v, const char *name, enum export_form form,
                 bool another)
{
    struct buf out;
    char *path = mem_strdup(name), *cwd = *name == '/' ? NULL : getcwd(NULL, 0);
    buf_init(&out, EXPORT_MAX);
    size_t rows = export_view(a, v, form, &out);
    int fd = make_file(&path, form, another), wrong = errno;
    bool done = fd >= 0 && write_all(fd, &out) == 0;
    wrong = fd >= 0 && !done ? errno : wrong;
    if (fd >= 0 && close(fd) && done) {
        wrong = errno;
        done = false;
    }
    if (done)
        app_info(a, "%zu %s saved to %s%s%s", rows, rows == 1 ? "row" : "rows", cwd ? cwd : "",
                 cwd ? "/" : "", path);
    else
        app_error(a, "%s: %s", path,
                  wrong == EEXIST ? "it is there already; another name" : strerror(wrong));
    if (fd >= 0 && !done)
        unlink(path);
    buf_clear(&out);
    free(cwd);
    mem_free(path);
}

static const char in_editor[] = "in $EDITOR";

static enum export_form form_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < EXPORT_FORMS; i++)
        if (strcmp(dot + 1, forms[i].ending) == 0)
            return (enum export_form)i;
    return EXPORT_TEXT;
}

static void chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    if (item == 0) {
        struct buf out;
        buf_init(&out, EXPORT_MAX);
        export_view(a, owner, EXPORT_TEXT, &out);
        editor_open_copy(a, "view.txt", buf_str(&out), out.len);
        buf_clear(&out);
    } else if (typed.len) {
        save(a, owner, typed.str, form_of(typed.str), item != SIZE_MAX);
    }
}

void export_ask(struct app *a, struct view *v)
{
    struct pick_item items[1 + EXPORT_FORMS];
    struct arena arena;
    char day[CLOCK_RFC3339_LEN];
    arena_init(&arena);
    clock_format_rfc3339(clock_wall_ms(app_clock(a)), day);
    items[0] = (struct pick_item){text_cstr(&arena, in_editor), TEXT_NONE,
                                  TEXT("a copy, gone afterwards")};
    for (int i = 0; i < EXPORT_FORMS; i++)
        items[1 + i] = (struct pick_item){
            text_fmt(&arena, "a file, %s", forms[i].name), TEXT_NONE,
            text_fmt(&arena, "leeway-%s-%.10s.%s", v->ops->name, day, forms[i].ending)};
    app_push(a, pick_new(&(struct pick_spec){.title = TEXT("All rows of this view"),
                                             .items = items,
                                             .n_items = ARRAY_LEN(items),
                                             .free_text = true,
                                             .note_is_answer = true,
                                             .hint = "or FILE.csv, .json, .txt",
                                             .owner = v,
                                             .fn = chosen}));
    arena_clear(&arena);
}
