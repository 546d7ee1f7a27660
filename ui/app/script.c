// SPDX-License-Identifier: Apache-2.0
/* Scripts: keys in, screens out, with a clock that only the script moves. For tests. */
#include "app/app.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int press_keys(struct app *a, char *words, struct err *e)
{
    char *save = NULL;
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        struct event ev = {.type = EVENT_KEY};
        if (!key_parse(w, &ev.key))
            return err_set(e, ERR_SYNTAX, "%s is no key", w);
        app_event(a, &ev);
    }
    return 0;
}

static void type_text(struct app *a, const char *s)
{
    for (size_t len = strlen(s); len > 0;) {
        struct event ev = {.type = EVENT_KEY};
        int n = text_decode(s, len, &ev.key.code);
        if (n < 0)
            return;
        app_event(a, &ev);
        s += n;
        len -= (size_t)n;
    }
}

static int resize(struct app *a, const char *rest, struct err *e)
{
    char *end;
    long rows = strtol(rest, &end, 10), cols = strtol(end, NULL, 10);
    if (rows < 1 || cols < 1 || rows > CANVAS_MAX_ROWS || cols > CANVAS_MAX_COLS)
        return err_set(e, ERR_SYNTAX, "resize takes rows and columns");
    app_resize(a, (int)rows, (int)cols);
    return 0;
}

static int run_line(struct app *a, char *line, struct clock_fake *clock, struct buf *out,
                    struct err *e)
{
    char *rest = line + strcspn(line, " ");
    if (*rest)
        *rest++ = '\0';
    if (strcmp(line, "keys") == 0)
        return press_keys(a, rest, e);
    if (strcmp(line, "resize") == 0)
        return resize(a, rest, e);
    if (strcmp(line, "type") == 0) {
        type_text(a, rest);
    } else if (strcmp(line, "paste") == 0) {
        struct event ev = {.type = EVENT_PASTE};
        ev.paste.bytes = rest;
        ev.paste.len = strlen(rest);
        ev.paste.lines = 1;
        app_event(a, &ev);
    } else if (strcmp(line, "wait") == 0) {
        if (clock)
            clock_fake_advance(clock, strtol(rest, NULL, 10));
        app_tick(a);
    } else if (strcmp(line, "snapshot") == 0 || strcmp(line, "roles") == 0) {
        const struct canvas *c = app_draw(a);
        int r = buf_printf(out, "--- %s\n", rest);
        if (r == 0)
            r = line[0] == 's' ? canvas_dump(c, out) : canvas_dump_roles(c, out);
        return r ? err_set(e, r, "the output is too long") : 0;
    } else {
        return err_set(e, ERR_SYNTAX, "unknown word %s", line);
    }
    return 0;
}

int app_run_script(struct app *a, const char *text, const char *source, struct clock_fake *clock,
                   struct buf *out, struct err *e)
{
    char *copy = mem_strdup(text), *line = copy;
    int r = 0;
    for (uint32_t n = 1; r == 0 && *line && !app_quitting(a); n++) {
        size_t len = strcspn(line, "\n");
        bool more = line[len] == '\n';
        line[len] = '\0';
        if (len && line[0] != '#')
            r = run_line(a, line, clock, out, e);
        if (r)
            err_at(e, source, n, 0);
        line += len + more;
    }
    mem_free(copy);
    return r;
}
