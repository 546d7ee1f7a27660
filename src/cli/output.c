// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include "base/clock.h"
#include "data/json.h"
#include "data/val.h"
#include "data/yaml.h"

#include <inttypes.h>
#include <string.h>

struct cli_cell cli_text(struct text t)
{
    return (struct cli_cell){.kind = CLI_CELL_TEXT, .text = t};
}

struct cli_cell cli_count(int64_t n)
{
    return (struct cli_cell){.kind = CLI_CELL_COUNT, .text = TEXT_NONE, .number = n};
}

struct cli_cell cli_truth(bool b)
{
    return (struct cli_cell){.kind = CLI_CELL_BOOL, .text = TEXT_NONE, .number = b};
}

int64_t cli_wall_ms(void)
{
    return clock_wall_ms(clock_system());
}

struct cli_cell cli_countdown(struct arena *a, int64_t wall_ms)
{
    int64_t now = cli_wall_ms();
    struct text t = !wall_ms        ? TEXT_NONE
                    : wall_ms > now ? text_fmt(a, "in %s", cli_age(a, now, wall_ms).str)
                                    : TEXT("ended");
    return (struct cli_cell){.kind = CLI_CELL_TIME, .text = t, .number = wall_ms};
}

struct cli_cell cli_moment(struct arena *a, int64_t ms)
{
    return (struct cli_cell){
        .kind = CLI_CELL_TIME, .text = cli_age(a, ms, cli_wall_ms()), .number = ms};
}

struct text cli_age(struct arena *a, int64_t since_ms, int64_t now_ms)
{
    static const struct {
        char unit;
        int64_t s;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    if (!since_ms)
        return TEXT_NONE;
    int64_t s = now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;
    size_t u = 0;
    while (u < 3 && s < units[u].s)
        u++;
    int64_t n = s / units[u].s, rest = u < 3 ? s % units[u].s / units[u + 1].s : 0;
    if (u == 3 || !rest || n > 9)
        return text_fmt(a, "%" PRId64 "%c", n, units[u].unit);
    return text_fmt(a, "%" PRId64 "%c%" PRId64 "%c", n, units[u].unit, rest, units[u + 1].unit);
}

struct text cli_bytes(struct arena *a, int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 0)
        return TEXT("?");
    size_t u = 0;
    int64_t n = bytes;
    while (n >= 10240 && u + 1 < ARRAY_LEN(units)) {
        n = (n + 512) / 1024;
        u++;
    }
    return text_fmt(a, "%" PRId64 " %s", n, units[u]);
}

/* ---- for people ---- */

static struct text words_of(struct cli_cell c, struct arena *a)
{
    switch (c.kind) {
    case CLI_CELL_COUNT:
        if (c.text.len)
            return c.text;
        return c.number < 0 ? TEXT("?") : text_fmt(a, "%" PRId64, c.number);
    case CLI_CELL_BOOL:
        return c.number ? TEXT("yes") : TEXT_NONE;
    default:
        return c.text;
    }
}

static void pad(FILE *out, uint32_t n)
{
    while (n--)
        fputc(' ', out);
}

static void print_table(FILE *out, const struct cli_rows *r, bool wide, bool without_head)
{
    struct arena a;
    arena_init(&a);
    size_t n = 0;
    const struct cli_column *shown[32];
    for (const struct cli_column *c = r->columns; c->key && n < ARRAY_LEN(shown); c++)
        if (c->head && (wide || !c->wide))
            shown[n++] = c;
    struct text *cells = arena_array(&a, (r->n + 1) * n, sizeof(*cells));
    uint32_t widths[ARRAY_LEN(shown)] = {0};
    for (size_t i = 0; i <= r->n; i++)
        for (size_t k = 0; k < n; k++) {
            struct text *t = &cells[i * n + k];
            *t = i == 0 ? text_cstr(&a, shown[k]->head)
                        : words_of(shown[k]->cell(r->row(r->ctx, i - 1), &a), &a);
            if (t->cols > widths[k])
                widths[k] = t->cols;
        }
    for (size_t i = without_head ? 1 : 0; i <= r->n; i++) {
        for (size_t k = 0; k < n; k++) {
            struct text t = cells[i * n + k];
            if (shown[k]->right)
                pad(out, widths[k] - t.cols);
            fputs(t.str, out);
            if (k + 1 == n)
                break;
            if (!shown[k]->right)
                pad(out, widths[k] - t.cols);
            fputs("  ", out);
        }
        fputc('\n', out);
    }
    arena_clear(&a);
}

/* ---- for scripts ---- */

static struct val value_of(struct cli_cell c, struct val_pool *p)
{
    char time[CLOCK_RFC3339_LEN];
    switch (c.kind) {
    case CLI_CELL_COUNT:
    case CLI_CELL_SIZE:
        return c.number < 0 ? val_null : val_of_int(c.number);
    case CLI_CELL_BOOL:
        return val_of_bool(c.number != 0);
    case CLI_CELL_TIME:
        if (!c.number)
            return val_null;
        clock_format_rfc3339(c.number, time);
        return val_of_str(p, time);
    default:
        return val_of_strn(p, c.text.str, c.text.len);
    }
}

static void add_fields(struct val_builder *b, struct val_pool *p, struct arena *a,
                       const struct cli_rows *r, const void *row)
{
    for (const struct cli_column *c = r->columns; c->key; c++) {
        if (!*c->key)
            continue;
        (void)!val_builder_key(b, c->key, strlen(c->key));
        (void)!val_builder_add(b, value_of(c->cell(row, a), p));
    }
}

static void add_row(struct val_builder *b, struct val_pool *p, struct arena *a,
                    const struct cli_rows *r, const void *row)
{
    (void)!val_builder_map(b);
    add_fields(b, p, a, r, row);
    (void)!val_builder_end(b);
}

static void add_rows(struct val_builder *b, struct val_pool *p, struct arena *a, const char *key,
                     const struct cli_rows *r)
{
    (void)!val_builder_key(b, key, strlen(key));
    (void)!val_builder_list(b);
    for (size_t i = 0; i < r->n; i++)
        add_row(b, p, a, r, r->row(r->ctx, i));
    (void)!val_builder_end(b);
}

static void add_string(struct val_builder *b, struct val_pool *p, const char *key, const char *s)
{
    (void)!val_builder_key(b, key, strlen(key));
    (void)!val_builder_add(b, val_of_str(p, s));
}

static void print_value(FILE *out, const struct val *v, enum cli_output how, unsigned flags)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    if ((how == CLI_OUT_YAML ? yaml_write(&b, v) : json_write(&b, v, flags)) == 0) {
        fputs(buf_str(&b), out);
        if (!b.len || b.data[b.len - 1] != '\n')
            fputc('\n', out);
    }
    buf_clear(&b);
}

static void print_list(FILE *out, const struct cli_rows *r, enum cli_output how)
{
    struct val_pool p;
    struct arena a;
    val_pool_init(&p);
    arena_init(&a);
    struct val_builder *b = val_builder_new(&p, 8);
    char kind[64];
    snprintf(kind, sizeof(kind), "%sList", r->kind);
    (void)!val_builder_map(b);
    add_string(b, &p, "apiVersion", "leeway.dev/v1alpha1");
    add_string(b, &p, "kind", kind);
    add_rows(b, &p, &a, "items", r);
    (void)!val_builder_end(b);
    print_value(out, val_builder_finish(b), how, JSON_PRETTY);
    val_builder_free(b);
    arena_clear(&a);
    val_pool_clear(&p);
}

void cli_row_print_json_line(FILE *out, const struct cli_rows *r, const void *row)
{
    struct val_pool p;
    struct arena a;
    val_pool_init(&p);
    arena_init(&a);
    struct val_builder *b = val_builder_new(&p, 8);
    add_row(b, &p, &a, r, row);
    print_value(out, val_builder_finish(b), CLI_OUT_JSON, JSON_COMPACT);
    val_builder_free(b);
    arena_clear(&a);
    val_pool_clear(&p);
}

static void print_names(FILE *out, const struct cli_rows *r)
{
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < r->n; i++) {
        const void *row = r->row(r->ctx, i);
        if (r->name)
            r->name(row, out);
        else
            fputs(r->columns[0].cell(row, &a).text.str, out);
        fputc('\n', out);
    }
    arena_clear(&a);
}

void cli_rows_print(FILE *out, const struct cli_rows *r, enum cli_output how, bool without_head)
{
    if (how == CLI_OUT_NAME)
        print_names(out, r);
    else if (how == CLI_OUT_JSON || how == CLI_OUT_YAML)
        print_list(out, r, how);
    else
        print_table(out, r, how == CLI_OUT_WIDE, without_head);
}

static void print_document(FILE *out, const struct cli_rows *one, const struct cli_section *x,
                           size_t n, enum cli_output how)
{
    struct val_pool p;
    struct arena a;
    val_pool_init(&p);
    arena_init(&a);
    struct val_builder *b = val_builder_new(&p, 8);
    (void)!val_builder_map(b);
    add_string(b, &p, "apiVersion", "leeway.dev/v1alpha1");
    add_string(b, &p, "kind", one->kind);
    add_fields(b, &p, &a, one, one->row(one->ctx, 0));
    for (size_t i = 0; i < n; i++)
        add_rows(b, &p, &a, x[i].key, &x[i].rows);
    (void)!val_builder_end(b);
    print_value(out, val_builder_finish(b), how, JSON_PRETTY);
    val_builder_free(b);
    arena_clear(&a);
    val_pool_clear(&p);
}

void cli_sections_print(FILE *out, const struct cli_rows *one, const struct cli_section *sections,
                        size_t n, enum cli_output how)
{
    if (how == CLI_OUT_JSON || how == CLI_OUT_YAML) {
        print_document(out, one, sections, n, how);
        return;
    }
    print_table(out, one, false, false);
    for (size_t i = 0; i < n; i++) {
        if (!sections[i].rows.n)
            continue;
        fprintf(out, "\n%s\n", sections[i].title);
        print_table(out, &sections[i].rows, false, false);
    }
}
