// SPDX-License-Identifier: Apache-2.0
/* Events over the control socket. A plan's rows go ahead of the event that ends it, a few at a
 * time, since a large plan is larger than a frame may be. */
#include "engine/beside/wire_event.h"

#include "base/mem.h"
#include "engine/build.h"

#define FIELD(kind, m)                                                                             \
    {                                                                                              \
#m, kind, offsetof(struct leeway_event, m), 0, NULL                                        \
    }
#define ENUM(m, bound)                                                                             \
    {                                                                                              \
#m, WIRE_ENUM, offsetof(struct leeway_event, m), (bound), NULL                             \
    }

static const struct wire_field fields[] = {
    ENUM(kind, LEEWAY_EVENT_COMPARE + 1),
    FIELD(WIRE_I64, at_ms),
    ENUM(state, LEEWAY_STATE_COUNT),
    FIELD(WIRE_TEXT, where),
    FIELD(WIRE_TEXT, text),
    FIELD(WIRE_TEXT, detail),
    FIELD(WIRE_U64, cluster_id),
    FIELD(WIRE_U64, release),
};
static const struct wire_type type = {"leeway_event", sizeof(struct leeway_event), fields,
                                      ARRAY_LEN(fields)};

static void write_err(struct val_builder *b, const struct err *e)
{
    build_map(b, "err");
    build_put(b, "code", val_of_int(e->code));
    build_str(b, "text", e->text);
    build_str(b, "source", e->source);
    build_put(b, "line", val_of_int(e->line));
    build_put(b, "col", val_of_int(e->col));
    build_str(b, "hint", e->hint);
    val_builder_end(b);
}

static void write_words(struct val_builder *b, const char *name, char *const *words)
{
    if (!words)
        return;
    build_list(b, name);
    for (size_t i = 0; words[i]; i++)
        val_builder_add(b, val_borrow_str(words[i], strlen(words[i])));
    val_builder_end(b);
}

void wire_write_event(struct val_builder *b, const struct leeway_event *ev)
{
    val_builder_map(b);
    val_builder_key(b, "event", 5);
    wire_write(b, &type, ev);
    if (ev->plan) {
        struct leeway_plan plan = *ev->plan;
        plan.rows = NULL; /* went ahead */
        plan.n_rows = 0;
        val_builder_key(b, "plan", 4);
        wire_write(b, &wire_plan, &plan);
    }
    if (ev->object) {
        val_builder_key(b, "object", 6);
        wire_write(b, &wire_object, ev->object);
    }
    if (ev->kinds) {
        val_builder_key(b, "kinds", 5);
        wire_write(b, &wire_kinds, ev->kinds);
    }
    if (ev->history) {
        val_builder_key(b, "history", 7);
        wire_write(b, &wire_history, ev->history);
    }
    if (ev->parts) {
        val_builder_key(b, "parts", 5);
        wire_write(b, &wire_parts, ev->parts);
    }
    if (ev->explanation) {
        val_builder_key(b, "explanation", 11);
        wire_write(b, &wire_explanation, ev->explanation);
    }
    if (ev->compare) {
        val_builder_key(b, "compare", 7);
        wire_write(b, &wire_compare, ev->compare);
    }
    if (ev->err.code)
        write_err(b, &ev->err);
    write_words(b, "argv", ev->argv);
    write_words(b, "envp", ev->envp);
    val_builder_end(b);
}

size_t wire_write_rows(struct val_builder *b, const struct leeway_plan *p, size_t from)
{
    size_t n = 0;
    val_builder_map(b);
    build_list(b, "plan_rows");
    for (; from + n < p->n_rows && n < WIRE_ROWS_AT_ONCE; n++)
        wire_write(b, &wire_plan_row, &p->rows[from + n]);
    val_builder_end(b);
    val_builder_end(b);
    return n;
}

static void read_err(const struct val *v, struct err *out)
{
    int64_t code = val_int(val_get(v, "code"), 0);
    if (code <= 0 || code >= ERR_CODE_COUNT)
        return;
    err_set(out, (int)code, "%s", val_str(val_get(v, "text"), "it failed without a word"));
    const char *source = val_str(val_get(v, "source"), NULL);
    const char *hint = val_str(val_get(v, "hint"), NULL);
    if (source)
        err_at(out, source, (uint32_t)val_int(val_get(v, "line"), 0),
               (uint32_t)val_int(val_get(v, "col"), 0));
    if (hint)
        err_hint(out, "%s", hint);
}

static char **read_words(const struct val *v)
{
    size_t n = val_count(v);
    if (!val_is(v, VAL_LIST) || n > 256)
        return NULL;
    char **words = mem_calloc(n + 1, sizeof(char *));
    for (size_t i = 0; i < n; i++)
        words[i] = mem_strdup(val_str(val_item(v, i), ""));
    return words;
}

struct leeway_event *wire_read_event(const struct val *v, const struct leeway_plan_row *rows,
                                     size_t n_rows, struct err *e)
{
    struct leeway_event *ev = mem_new(struct leeway_event);
    struct arena arena;
    arena_init_limited(&arena, WIRE_EVENT_MAX);
    int rc = wire_read(&arena, &type, val_get(v, "event"), ev, e);
    ev->arena = arena;
    struct leeway_plan plan;
    struct leeway_object object;
    struct leeway_kinds kinds;
    struct leeway_history history;
    struct leeway_parts parts;
    struct leeway_explanation explanation;
    struct leeway_compare compare;
    if (!rc && val_get(v, "plan")) {
        rc = wire_read(&ev->arena, &wire_plan, val_get(v, "plan"), &plan, e);
        plan.rows = rows;
        plan.n_rows = n_rows;
        ev->plan = rc ? NULL : leeway_plan_new(&plan);
    }
    if (!rc && val_get(v, "object")) {
        rc = wire_read(&ev->arena, &wire_object, val_get(v, "object"), &object, e);
        ev->object = rc ? NULL : leeway_object_new(&object);
    }
    if (!rc && val_get(v, "kinds")) {
        rc = wire_read(&ev->arena, &wire_kinds, val_get(v, "kinds"), &kinds, e);
        ev->kinds = rc ? NULL : leeway_kinds_new(&kinds);
    }
    if (!rc && val_get(v, "history")) {
        rc = wire_read(&ev->arena, &wire_history, val_get(v, "history"), &history, e);
        ev->history = rc ? NULL : leeway_history_new(&history);
    }
    if (!rc && val_get(v, "parts")) {
        rc = wire_read(&ev->arena, &wire_parts, val_get(v, "parts"), &parts, e);
        ev->parts = rc ? NULL : leeway_parts_new(&parts);
    }
    if (!rc && val_get(v, "explanation")) {
        rc = wire_read(&ev->arena, &wire_explanation, val_get(v, "explanation"), &explanation, e);
        ev->explanation = rc ? NULL : leeway_explanation_new(&explanation);
    }
    if (!rc && val_get(v, "compare")) {
        rc = wire_read(&ev->arena, &wire_compare, val_get(v, "compare"), &compare, e);
        ev->compare = rc ? NULL : leeway_compare_new(&compare);
    }
    read_err(val_get(v, "err"), &ev->err);
    ev->argv = read_words(val_get(v, "argv"));
    ev->envp = read_words(val_get(v, "envp"));
    bool whole = (ev->kind != LEEWAY_EVENT_PLAN || ev->plan) &&
                 (ev->kind != LEEWAY_EVENT_OBJECT || ev->object) &&
                 (ev->kind != LEEWAY_EVENT_KINDS || ev->kinds) &&
                 (ev->kind != LEEWAY_EVENT_HISTORY || ev->history) &&
                 (ev->kind != LEEWAY_EVENT_PARTS || ev->parts) &&
                 (ev->kind != LEEWAY_EVENT_EXPLANATION || ev->explanation) &&
                 (ev->kind != LEEWAY_EVENT_COMPARE || ev->compare) &&
                 (ev->kind != LEEWAY_EVENT_FAILED || ev->err.code) &&
                 (ev->kind != LEEWAY_EVENT_LOGIN || (ev->argv && ev->argv[0] && ev->envp));
    if (!rc && !whole)
        rc = err_set(e, ERR_PROTOCOL, "the other end sent half an answer");
    if (!rc)
        return ev;
    leeway_event_free(ev);
    return NULL;
}
