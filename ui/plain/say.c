// SPDX-License-Identifier: Apache-2.0
/*
 * What was said of a view: its lines with their numbers. Read anew after something changed, lines
 * are compared with those that were said, and only what is news is said: a row in another state, a
 * row that is new, a line that a text grew by. Numbers stay with their rows until the next list.
 */
#include "plain/plain_int.h"

#include "app/prompt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 40    /* rows said at once; more when they are asked for */
#define NEWS_MAX 12 /* more changes than that are counted, not said */
#define SETTLE_MS 150
#define WAIT_MS 8000 /* for what a command asked the engine */

/* ---- words ---- */

struct arena *plain_arena(struct plain *p)
{
    return &p->scratch;
}

struct text plain_time(struct plain *p, int64_t wall_ms)
{
    return zone_when(&p->scratch, app_zone(p->app), wall_ms, clock_wall_ms(app_clock(p->app)));
}

static const struct {
    const char *from, *to;
} spoken_as[] = {
    {" \xe2\x86\x92 ", " to "},
    {"\xe2\x86\x92", " to "},
    {" \xe2\x80\xba ", ", "},
    {"\xe2\x88\x86", "unexpected"},
    {"\xe2\x97\x8a", "accepted"},
    {"\xc2\xbb", "changing"},
    {"\xe2\x88\x99", "ok"},
    {"Esc clears the filter", "filter without words clears it"},
    {"Esc clears it", "filter without words clears it"},
    {"; Esc goes back", ""},
};

struct text plain_words(struct plain *p, struct text t)
{
    struct buf b;
    size_t blanks = 0;
    buf_init(&b, BUF_LARGE);
    if (t.len == 1 && *t.str == '^')
        t = TEXT("pending");
    for (uint32_t i = 0; i < t.len;) {
        size_t k = 0;
        if (t.str[i] == ' ') {
            blanks++;
            i++;
            continue;
        }
        if (blanks && b.len)
            (void)buf_puts(&b, blanks > 1 && buf_str(&b)[b.len - 1] != ':' &&
                                       buf_str(&b)[b.len - 1] != ','
                                   ? ", "
                                   : " ");
        blanks = 0;
        while (k < ARRAY_LEN(spoken_as) &&
               strncmp(t.str + i, spoken_as[k].from, strlen(spoken_as[k].from)) != 0)
            k++;
        if (k < ARRAY_LEN(spoken_as)) {
            (void)buf_puts(&b, b.len && buf_str(&b)[b.len - 1] == ' ' && *spoken_as[k].to == ' '
                                   ? spoken_as[k].to + 1
                                   : spoken_as[k].to);
            i += (uint32_t)strlen(spoken_as[k].from);
            while (b.len && buf_str(&b)[b.len - 1] == ' ' && i < t.len && t.str[i] == ' ')
                i++;
            continue;
        }
        (void)buf_putc(&b, t.str[i++]);
    }
    struct text out = text_cstr(&p->scratch, buf_str(&b));
    buf_clear(&b);
    return out;
}

/* ---- lines ---- */

struct plain_line *plain_add(struct plain *p, enum plain_kind kind, struct text t)
{
    vec_push(&p->now->lines,
             (struct plain_line){
                 .kind = kind, .text = text_dup(&p->now->arena, t), .go = TEXT_NONE, .state = -1});
    return plain_last(p);
}

struct plain_line *plain_last(struct plain *p)
{
    return &p->now->lines.items[p->now->lines.len - 1];
}

static struct text vfmt(struct plain *p, const char *fmt, va_list ap)
{
    return text_cstr(&p->scratch, arena_vprintf(&p->scratch, fmt, ap));
}

void plain_fact(struct plain *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    plain_add(p, PLAIN_FACT, vfmt(p, fmt, ap));
    va_end(ap);
}

void plain_row(struct plain *p, struct list *l, uint64_t uid, int state, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct plain_line *x = plain_add(p, PLAIN_ROW, vfmt(p, fmt, ap));
    va_end(ap);
    x->list = l;
    x->uid = uid;
    x->state = state;
}

void plain_way(struct plain *p, enum command c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    plain_add(p, PLAIN_WAY, vfmt(p, fmt, ap))->command = c;
    va_end(ap);
}

void plain_way_to(struct plain *p, struct text name, int state, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct plain_line *x = plain_add(p, PLAIN_ROW, vfmt(p, fmt, ap));
    va_end(ap);
    x->go = text_dup(&p->now->arena, name);
    x->state = state;
}

void plain_more(struct plain *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    plain_add(p, PLAIN_MORE, vfmt(p, fmt, ap));
    va_end(ap);
}

/* As the face shows it, and with its end. */
static void put(struct plain *p, struct text t, bool sentence)
{
    struct text shown = face_text(&p->scratch, p->opt.ascii ? FACE_ASCII : FACE_UNICODE, t);
    (void)buf_add(&p->out, shown.str, shown.len);
    if (sentence && shown.len && !strchr(".:!?", shown.str[shown.len - 1]))
        (void)buf_putc(&p->out, '.');
    (void)buf_putc(&p->out, '\n');
    if (p->wait.len && strcasestr(shown.str, p->wait.str))
        p->wait_found = true;
}

static void fresh_line(struct plain *p)
{
    if (p->prompted)
        (void)buf_putc(&p->out, '\n');
    p->prompted = false;
}

void plain_out_line(struct plain *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct text t = vfmt(p, fmt, ap);
    va_end(ap);
    fresh_line(p);
    put(p, t, true);
}

static void put_line(struct plain *p, const struct plain_line *l)
{
    fresh_line(p);
    if (l->number && p->opt.choices)
        (void)buf_printf(&p->out, "%d. ", l->number);
    put(p, l->text, !l->news && !l->as_it_is);
}

void plain_said_clear(struct plain_said *s)
{
    arena_clear(&s->arena);
    vec_clear(&s->lines);
    memset(s, 0, sizeof(*s));
    arena_init(&s->arena);
}

const struct plain_line *plain_find(const struct plain *p, int number)
{
    for (size_t i = 0; i < p->said.lines.len; i++)
        if (p->said.lines.items[i].number == number)
            return &p->said.lines.items[i];
    return NULL;
}

/* ---- a view ---- */

static struct text path_of(struct plain *p, struct view *v)
{
    struct arena *a = &p->scratch;
    struct text parts[8], t = TEXT_NONE;
    size_t n = v->ops->path ? v->ops->path(v, p->app, a, parts, 8) : 0;
    for (size_t i = 0; i < n; i++)
        t = text_fmt(a, "%s, %s", t.str, parts[i].str);
    return t;
}

static struct text today(struct plain *p)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t now = clock_wall_ms(app_clock(p->app));
    struct zone_time t = zone_split(app_zone(p->app), now);
    return text_fmt(&p->scratch, "%s %d %s %d, %02d:%02d", days[t.weekday], t.day,
                    months[t.month - 1], t.year, t.hour, t.minute);
}

static void collect(struct plain *p, struct plain_said *into, struct view *v)
{
    const struct plain_view *how = plain_view_of(v);
    struct text path = path_of(p, v);
    into->view = v;
    into->ops = v->ops;
    into->path = text_dup(&into->arena, path);
    p->now = into;
    if (v->ops->place == PLACE_SCREEN) {
        plain_fact(p, "leeway %s%s, %s%s", p->app->fleet, path.str, today(p).str,
                   app_read_only(p->app) ? ", read-only" : "");
        if (!how || !how->say) {
            struct text totals = plain_read_totals(p, v);
            if (totals.len)
                plain_fact(p, "%s", totals.str);
        }
    }
    if (how && how->say)
        how->say(p, v);
    else
        plain_read_view(p, v, how && how->verbatim);
    p->now = &p->said;
}

static void number(struct plain_said *s)
{
    for (size_t i = 0; i < s->lines.len; i++)
        if (s->lines.items[i].kind != PLAIN_FACT && !s->lines.items[i].number &&
            !s->lines.items[i].left_out)
            s->lines.items[i].number = ++s->numbers;
    for (size_t i = 0; i < s->lines.len; i++)
        if (s->lines.items[i].left_out && !s->lines.items[i].number)
            s->lines.items[i].number = ++s->numbers;
}

/* The commands of the key row, and what works everywhere. */
static struct text commands_of(struct plain *p, struct view *v)
{
    struct arena *a = &p->scratch;
    struct text t = TEXT_NONE;
    enum command seen[32];
    size_t n = 0;
    for (const struct view_hint *h = v->ops->hints; h && h->command && n < 32; h++) {
        const struct command_info *i = command_info(h->command);
        bool again = false;
        for (size_t k = 0; k < n; k++)
            again |= seen[k] == h->command;
        seen[n++] = h->command;
        static const enum command not_here[] = {
            CMD_OPEN,         CMD_NEXT_PROBLEM, CMD_PREVIOUS_PROBLEM,
            CMD_LARGER,       CMD_SMALLER,      CMD_NEXT_TAB,
            CMD_BACK,         CMD_HELP,         CMD_PALETTE,
            CMD_COMMAND_LINE, CMD_NEXT_MATCH,   CMD_PREVIOUS_MATCH,
            CMD_WRAP,         CMD_FULL,         CMD_MARK,
            CMD_PREVIOUS_TAB};
        for (size_t k = 0; k < ARRAY_LEN(not_here); k++)
            again |= not_here[k] == h->command;
        if (again || i->flags & CMD_MOVE || app_why_not(p->app, h->command, a))
            continue;
        t = text_fmt(a, "%s%s%s%s", t.str, t.len ? ", " : "", i->name,
                     h->command == CMD_FILTER ? " WORDS" : "");
    }
    return text_fmt(a, "%s%s%shelp, quit", t.str, t.len ? ", " : "",
                    p->app->stack.len > 1 ? "back, " : "");
}

static void say_ways(struct plain *p, struct view *v)
{
    bool rows = false;
    for (size_t i = 0; i < p->said.lines.len; i++)
        rows |= p->said.lines.items[i].kind != PLAIN_FACT;
    if (p->opt.choices)
        plain_out_line(p, "%s%s",
                       rows ? "Type a number to open, or: " : "Type: ", commands_of(p, v).str);
}

static void say_batch(struct plain *p)
{
    struct plain_said *s = &p->said;
    size_t rows = 0, rest = 0;
    for (; s->batch < s->lines.len && (rows < BATCH || !p->opt.choices); s->batch++) {
        if (s->lines.items[s->batch].left_out && p->opt.choices)
            continue;
        rows += s->lines.items[s->batch].kind != PLAIN_FACT;
        if (p->opt.choices || (s->lines.items[s->batch].kind != PLAIN_WAY &&
                               s->lines.items[s->batch].kind != PLAIN_MORE))
            put_line(p, &s->lines.items[s->batch]);
    }
    for (size_t i = s->batch; i < s->lines.len; i++)
        rest += !s->lines.items[i].left_out;
    if (rest)
        plain_out_line(p, "%zu more; say more", rest);
}

void plain_say_lines(struct plain *p)
{
    number(&p->said);
    say_batch(p);
}

void plain_say_view(struct plain *p)
{
    struct view *v = app_top(p->app);
    p->say_again = false;
    plain_said_clear(&p->said);
    p->asking = NULL;
    if (!v)
        return;
    if (plain_asks(v)) {
        p->now = &p->said;
        p->said.view = v;
        p->said.ops = v->ops;
        plain_ask_begin(p, v);
        return;
    }
    collect(p, &p->said, v);
    plain_say_lines(p);
    say_ways(p, v);
}

void plain_say_more(struct plain *p)
{
    struct plain_said *s = &p->said;
    bool any = false;
    if (s->batch < s->lines.len) {
        say_batch(p);
        return;
    }
    for (size_t i = 0; i < s->lines.len; i++) {
        if (!s->lines.items[i].left_out)
            continue;
        s->lines.items[i].left_out = false;
        put_line(p, &s->lines.items[i]);
        any = true;
    }
    if (!any)
        plain_out_line(p, "That was all");
}

/* ---- what has changed ---- */

static struct plain_line *same(struct plain_said *s, const struct plain_line *l)
{
    for (size_t i = 0; i < s->lines.len; i++) {
        struct plain_line *x = &s->lines.items[i];
        if (x->kind == l->kind && x->list == l->list && x->uid == l->uid &&
            text_equal(x->go, l->go) && x->command == l->command &&
            (l->kind == PLAIN_ROW || text_equal(x->text, l->text)))
            return x;
    }
    return NULL;
}

static bool has_rows(const struct plain_said *s)
{
    for (size_t i = 0; i < s->lines.len; i++)
        if (s->lines.items[i].kind == PLAIN_ROW || s->lines.items[i].news)
            return true;
    return false;
}

/* A view that had nothing to choose is said as a whole when it has. */
static bool has_come(const struct plain_said *old, const struct plain_said *new)
{
    return !has_rows(old) && (has_rows(new) || new->lines.len > old->lines.len + 1);
}

static void say_news(struct plain *p, struct plain_said *new)
{
    const struct plain_view *how = plain_view_of(app_top(p->app));
    size_t n = 0, not_said = 0;
    for (size_t i = 0; i < new->lines.len; i++) {
        struct plain_line *l = &new->lines.items[i], *old = same(&p->said, l);
        if (old) {
            l->number = old->number;
            l->left_out = l->left_out && old->left_out;
        }
        if (i == 0 && l->kind == PLAIN_FACT)
            continue; /* the time of day */
        bool row = l->kind == PLAIN_ROW && (!old || old->state != l->state);
        if (!row && !(l->kind == PLAIN_FACT && !old && (l->news || (how && how->grows))))
            continue;
        if (row && !l->number)
            l->number = ++p->said.numbers;
        if (!l->news && n >= NEWS_MAX)
            not_said++;
        else
            put_line(p, l);
        n++;
    }
    if (not_said)
        plain_out_line(p, "%zu more changes; say again", not_said);
}

static void compare(struct plain *p, struct view *v)
{
    struct plain_said new = {0};
    arena_init(&new.arena);
    collect(p, &new, v);
    if (has_come(&p->said, &new) || !text_equal(p->said.path, new.path)) {
        plain_said_clear(&new);
        plain_say_view(p);
        return;
    }
    say_news(p, &new);
    new.numbers = p->said.numbers;
    new.batch = p->said.batch < p->said.lines.len ? p->said.batch : new.lines.len;
    number(&new);
    plain_said_clear(&p->said);
    p->said = new;
    p->now = &p->said;
}

/* ---- messages ---- */

static void say_message(struct plain *p, const struct message *m)
{
    struct text what = plain_words(p, m->what);
    if (!m->where.len || text_equal(m->where, TEXT("console")))
        plain_out_line(p, "%s", what.str);
    else
        plain_out_line(p, "Message %s: %s, %s", plain_time(p, m->wall_ms).str, m->where.str,
                       what.str);
}

static void say_messages(struct plain *p)
{
    struct message_log *log = app_messages(p->app);
    size_t n = 0;
    while (n < message_log_len(log) && message_log_at(log, n)->uid != p->message_uid)
        n++;
    bool again = n < message_log_len(log) && message_log_at(log, n)->count != p->message_count;
    n += again;
    if (!message_log_len(log))
        return;
    if (n > NEWS_MAX) {
        plain_out_line(p, "%zu older messages; messages lists them", n - NEWS_MAX);
        n = NEWS_MAX;
    }
    while (n > 0)
        say_message(p, message_log_at(log, --n));
    p->message_uid = message_log_at(log, 0)->uid;
    p->message_count = message_log_at(log, 0)->count;
}

/* ---- from outside ---- */

static void look_for_words(struct plain *p)
{
    for (size_t i = 0; p->wait.len && !p->wait_found && i < p->said.lines.len; i++) {
        if (!strcasestr(p->said.lines.items[i].text.str, p->wait.str))
            continue;
        put_line(p, &p->said.lines.items[i]);
        p->wait_found = true;
    }
    if (!p->wait_found)
        return;
    p->wait_found = false;
    p->wait = TEXT_NONE;
}

/* What a question asked for has come, or not: the last question again. */
static void ask_on(struct plain *p, struct view *v)
{
    p->asking = v;
    p->last = true;
    p->noted = false;
}

bool plain_speak(struct plain *p)
{
    struct view *v = app_top(p->app);
    int64_t now = clock_boot_ms(app_clock(p->app));
    arena_reset(&p->scratch);
    say_messages(p);
    if (!v)
        return true;
    bool other = v != p->said.view || v->ops != p->said.ops;
    bool waiting = p->app->waiting.len && now - p->asked_ms < WAIT_MS;
    if (waiting || (!p->due_ms && (p->say_again || other)))
        p->due_ms = now + SETTLE_MS;
    if (!other && !p->say_again && !plain_asks(v))
        compare(p, v);
    if (now < p->due_ms)
        return false;
    p->due_ms = 0;
    if (p->say_again || other)
        plain_say_view(p);
    else if (plain_asks(v) && !p->asking)
        ask_on(p, v);
    look_for_words(p);
    return true;
}

void plain_prompt(struct plain *p)
{
    if (p->prompted || !p->opt.choices || !p->said.view || p->wait.len)
        return;
    arena_reset(&p->scratch);
    struct text t = p->asking ? plain_ask_prompt(p, app_top(p->app)) : TEXT("choice: ");
    t = face_text(&p->scratch, p->opt.ascii ? FACE_ASCII : FACE_UNICODE, t);
    (void)buf_add(&p->out, t.str, t.len);
    p->prompted = true;
}

struct plain *plain_new(struct app *a, const struct plain_options *opt)
{
    struct plain *p = mem_new(struct plain);
    p->app = a;
    p->opt = *opt;
    p->canvas = canvas_new_spoken();
    p->wait = TEXT_NONE;
    buf_init(&p->out, BUF_LARGE);
    arena_init(&p->scratch);
    arena_init(&p->said.arena);
    arena_init(&p->wait_arena);
    p->now = &p->said;
    p->say_again = true;
    return p;
}

void plain_free(struct plain *p)
{
    if (!p)
        return;
    plain_said_clear(&p->said);
    canvas_free(p->canvas);
    buf_clear(&p->out);
    arena_clear(&p->scratch);
    arena_clear(&p->wait_arena);
    mem_free(p);
}

struct buf *plain_out(struct plain *p)
{
    return &p->out;
}

bool plain_failed(const struct plain *p)
{
    return p->failed;
}
