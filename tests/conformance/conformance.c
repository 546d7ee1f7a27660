// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/conformance.h"
#include "base/mem.h"
#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOW_MAX 400u

static const struct conformance_runner *const runners[] = {
    &conformance_cel, &conformance_kstatus, &conformance_rules, &conformance_schema,
    &conformance_ssa, &conformance_vap,     &conformance_yaml,
};

void conformance_pass(struct conformance *c)
{
    c->passed++;
}

static void print_line(const char *s)
{
    for (; *s; s++)
        putchar((unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s);
}

void conformance_fail(struct conformance *c, const char *name, const char *expected,
                      const char *got)
{
    c->failed++;
    print_line(name ? name : "-");
    printf("\texpected ");
    print_line(expected ? expected : "-");
    printf("\tgot ");
    print_line(got ? got : "-");
    putchar('\n');
}

int conformance_malformed(struct conformance *c, const char *what)
{
    fprintf(stderr, "%s:%zu: no case of this format: %s\n", c->file, c->line, what);
    return 1;
}

const char *conformance_show(struct conformance *c, const struct val *v)
{
    struct buf b;
    const char *text;
    buf_init(&b, 1u << 26);
    json_write(&b, v, JSON_COMPACT);
    text = b.len > SHOW_MAX ? arena_printf(&c->pool->arena, "%.*s...", (int)SHOW_MAX, b.data)
                            : arena_strdup(&c->pool->arena, buf_str(&b));
    buf_clear(&b);
    return text;
}

static int run_text(struct conformance *c, const struct conformance_runner *runner,
                    const char *text, size_t len)
{
    struct json_options opt = {.source = c->file};
    struct err e = ERR_INIT;
    if (strspn(text, " \t\r\n") == len)
        return 0;
    const struct val *v = json_read(c->pool, text, len, &opt, &e);
    int rc;
    if (!v) {
        fprintf(stderr, "%s:%zu:%u: %s\n", c->file, c->line, (unsigned)e.col, e.text);
        rc = 1;
    } else if (!val_is(v, VAL_MAP)) {
        rc = conformance_malformed(c, "not an object");
    } else {
        rc = runner->run_line(c, v);
    }
    err_clear(&e);
    return rc;
}

static int run_file(struct conformance *c, const struct conformance_runner *runner,
                    const char *name)
{
    FILE *f = fopen(name, "r");
    char *text = NULL;
    size_t cap = 0;
    ssize_t len;
    int rc = 0;
    c->file = name;
    c->line = 0;
    if (!f) {
        perror(name);
        return 1;
    }
    while (!rc && (len = getline(&text, &cap, f)) >= 0) {
        c->line++;
        rc = run_text(c, runner, text, (size_t)len);
        val_pool_reset(c->pool);
    }
    if (ferror(f)) {
        perror(name);
        rc = 1;
    }
    fclose(f);
    free(text);
    return rc;
}

static const struct conformance_runner *find_runner(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(runners); i++)
        if (strcmp(runners[i]->name, name) == 0)
            return runners[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct val_pool pool;
    struct conformance c = {.pool = &pool};
    const struct conformance_runner *runner = argc > 1 ? find_runner(argv[1]) : NULL;
    int rc = 0;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < ARRAY_LEN(runners); i++)
            puts(runners[i]->name);
        return 0;
    }
    if (!runner || argc < 3) {
        fprintf(stderr, "usage: conformance NAME FILE...\n       conformance --list\n");
        return 2;
    }
    val_pool_init(&pool);
    for (int i = 2; i < argc && !rc; i++)
        rc = run_file(&c, runner, argv[i]);
    printf("%zu passed, %zu failed\n", c.passed, c.failed);
    val_pool_clear(&pool);
    return rc || c.failed ? 1 : 0;
}
